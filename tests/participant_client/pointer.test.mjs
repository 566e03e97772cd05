import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Pointer } from "../../participant_client/input/pointer.js";

let target, posted, pointer, picture;

/** `at`: the place in the window; `buttons`: what is held after the event, as browsers say it. */
function send(type, [clientX, clientY] = [0, 0], { button = 0, buttons = 0 } = {}) {
  const event = new Event(type, { cancelable: true });
  Object.assign(event, { clientX, clientY, button, buttons });
  target.dispatchEvent(event);
  return event;
}

const down = (place, button, buttons) => send("mousedown", place, { button, buttons });
const places = () => posted.map(({ x, y }) => [x, y]);
const pressed = () => posted.map(({ buttons }) => buttons);

beforeEach(() => {
  target = new EventTarget();
  posted = [];
  picture = { getBoundingClientRect: () => ({ left: 100, top: 50, width: 400, height: 200 }) };
  const post = (message) => posted.push(message);
  pointer = new Pointer({ buttons: ["left", "right"], picture: () => picture, post, target, timeOrigin: 1e12 });
  pointer.start();
});

test("a position is told as a part of the picture's width and height, and when the browser saw it", () => {
  const event = send("mousemove", [200, 100]);
  assert.deepEqual(posted, [{ type: "pointer", x: 0.25, y: 0.25, buttons: [], at: 1e12 + event.timeStamp }]);
  send("mousemove", [100, 250]);
  send("mousemove", [500, 50]);
  assert.deepEqual(places().slice(1), [[0, 1], [1, 0]]);
});

test("outside the picture the last position stands", () => {
  send("mousemove", [300, 150]);
  send("mousemove", [99, 150]);
  send("mousemove", [300, 251]);
  assert.deepEqual(places(), [[0.5, 0.5]]);
});

test("the same position is told once", () => {
  send("mousemove", [300, 150]);
  send("mousemove", [300, 150]);
  assert.equal(posted.length, 1);
});

test("buttons are told in the order of pressing, with where they were pressed", () => {
  down([300, 150], 0, 1);
  down([300, 150], 2, 3);
  send("mouseup", [300, 150], { button: 0, buttons: 2 });
  assert.deepEqual(pressed(), [["left"], ["left", "right"], ["right"]]);
  assert.deepEqual(places()[0], [0.5, 0.5]);
});

test("a button counts only if it was pressed in the picture and means something, and is kept from the browser then", () => {
  assert.equal(down([10, 10], 0, 1).defaultPrevented, false);
  assert.equal(down([300, 150], 1, 4).defaultPrevented, false);
  assert.deepEqual(posted, []);
  assert.equal(down([300, 150], 0, 1).defaultPrevented, true);
});

test("a button that is let go outside is let go", () => {
  down([300, 150], 0, 1);
  send("mouseup", [10, 10]);
  assert.deepEqual(pressed(), [["left"], []]);
});

test("a button that was let go outside the window is heard of by the next move", () => {
  down([300, 150], 0, 1);
  send("mousemove", [10, 10], { buttons: 0 });
  assert.deepEqual(pressed(), [["left"], []]);
});

test("the browser's menu stays away where the right button is the game's", () => {
  assert.equal(send("contextmenu", [300, 150]).defaultPrevented, true);
  assert.equal(send("contextmenu", [10, 10]).defaultPrevented, false);
  pointer.used.delete("right");
  assert.equal(send("contextmenu", [300, 150]).defaultPrevented, false);
});

test("losing the focus lets go of every button, once", () => {
  down([300, 150], 0, 1);
  target.dispatchEvent(new Event("blur"));
  target.dispatchEvent(new Event("blur"));
  assert.deepEqual(pressed(), [["left"], []]);
});

test("after stop nothing is held and nothing is heard", () => {
  down([300, 150], 0, 1);
  pointer.stop();
  send("mousemove", [200, 100]);
  assert.deepEqual(pressed(), [["left"], []]);
});

test("without a picture there is no position", () => {
  picture = null;
  send("mousemove", [300, 150]);
  picture = { getBoundingClientRect: () => ({ left: 0, top: 0, width: 0, height: 0 }) };
  send("mousemove", [0, 0]);
  assert.deepEqual(posted, []);
});
