import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Focus } from "../../participant_client/input/focus.js";
import { Keyboard } from "../../participant_client/input/keyboard.js";

let target, posted, keyboard;

function send(type, code, extra = {}) {
  const event = new Event(type, { cancelable: true });
  Object.assign(event, { code, key: code, repeat: false, ctrlKey: false, altKey: false, metaKey: false, ...extra });
  target.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  target = new EventTarget();
  posted = [];
  const codes = ["ArrowUp", "ArrowLeft", "KeyW"];
  keyboard = new Keyboard({ codes, post: (message) => posted.push(message), target, timeOrigin: 1e12 });
  keyboard.start();
});

const pressed = () => posted.map((message) => message.pressed);

test("keys are told in the order of pressing, and each message is a set of its own", () => {
  send("keydown", "KeyW");
  send("keydown", "ArrowUp");
  send("keyup", "KeyW");
  assert.deepEqual(pressed(), [["KeyW"], ["KeyW", "ArrowUp"], ["ArrowUp"]]);
});

test("the time of a key is the event's own, not that of its handling", () => {
  const event = send("keydown", "KeyW");
  assert.equal(posted[0].at, 1e12 + event.timeStamp);
});

test("a key that repeats is told once, and kept from the browser every time", () => {
  send("keydown", "ArrowUp");
  const repeat = send("keydown", "ArrowUp", { repeat: true });
  assert.equal(posted.length, 1);
  assert.equal(repeat.defaultPrevented, true);
});

test("keys that mean nothing in the game stay with the browser", () => {
  assert.equal(send("keydown", "Tab").defaultPrevented, false);
  assert.equal(posted.length, 0);
});

test("a shortcut with a game key stays with the browser", () => {
  assert.equal(send("keydown", "KeyW", { ctrlKey: true }).defaultPrevented, false);
  assert.equal(posted.length, 0);
});

test("a modifier that the game uses makes no shortcut of other keys", () => {
  keyboard.codes.add("ControlLeft");
  assert.equal(send("keydown", "KeyW", { ctrlKey: true }).defaultPrevented, true);
});

test("losing the focus lets go of every key, once", () => {
  send("keydown", "ArrowUp");
  target.dispatchEvent(new Event("blur"));
  target.dispatchEvent(new Event("blur"));
  assert.deepEqual(pressed(), [["ArrowUp"], []]);
});

test("letting go of Command lets go of all, because its partners' keyups never come", () => {
  send("keydown", "ArrowUp");
  send("keyup", "MetaLeft", { key: "Meta" });
  assert.deepEqual(pressed().at(-1), []);
});

test("after stop nothing is held and nothing is taken from the browser", () => {
  send("keydown", "ArrowUp");
  keyboard.stop();
  assert.deepEqual(pressed().at(-1), []);
  assert.equal(send("keydown", "ArrowLeft").defaultPrevented, false);
  assert.equal(posted.length, 2);
});

test("focus is told at once and at every change, but not twice", () => {
  const front = { visibilityState: "visible", hasFocus: () => page.front, front: true };
  const page = Object.assign(new EventTarget(), front);
  const view = Object.assign(new EventTarget(), { document: page });
  const told = [];
  const focus = new Focus({ post: (message) => told.push(message.focused), view });
  focus.start();
  view.dispatchEvent(new Event("focus"));
  page.front = false;
  view.dispatchEvent(new Event("blur"));
  page.front = true;
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  focus.stop();
  view.dispatchEvent(new Event("blur"));
  assert.deepEqual(told, [true, false, true]);
});
