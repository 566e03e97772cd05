import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Gamepad } from "../../participant_client/input/gamepad.js";

let posted, view, gamepad, clock;

function pad(changes = {}) {
  const buttons = Array.from({ length: 17 }, () => ({ pressed: false, value: 0 }));
  return { connected: true, mapping: "standard", axes: [0, 0, 0, 0], buttons, timestamp: clock, ...changes };
}

/** Let one animation frame pass. */
function frame(...pads) {
  view.navigator.getGamepads = () => pads;
  clock += 16;
  const asked = view.asked;
  view.asked = null;
  asked();
}

const told = () => posted.map(({ axes, buttons }) => [axes, buttons]);

beforeEach(() => {
  posted = [];
  clock = 1000;
  view = {
    navigator: {},
    asked: null,
    requestAnimationFrame: (task) => ((view.asked = task), 7),
    cancelAnimationFrame: (request) => (view.cancelled = request),
  };
  gamepad = new Gamepad({ post: (message) => posted.push(message), view, now: () => clock, timeOrigin: 1e12 });
  gamepad.start();
});

test("a gamepad at rest, and no gamepad, say nothing", () => {
  frame(null, pad());
  frame();
  delete view.navigator.getGamepads;
  clock += 16;
  view.asked();
  assert.deepEqual(posted, []);
});

test("sticks, triggers and buttons are told when they change", () => {
  const held = pad({ axes: [0.5, -1, 0, 0.12345] });
  held.buttons[0] = { pressed: true, value: 1 };
  held.buttons[7] = { pressed: true, value: 0.75 };
  frame(held);
  frame(held);
  frame(pad());
  assert.deepEqual(told(), [
    [[0.5, -1, 0, 0.123, 0, 0.75], [0, 7]],
    [[0, 0, 0, 0, 0, 0], []],
  ]);
});

test("noise that is finer than a thousandth is not told", () => {
  frame(pad({ axes: [0.0004, -0.0004, 0, 0] }));
  assert.deepEqual(posted, []);
});

test("a change came after the last look and not in the future, whatever clock the browser uses", () => {
  frame(pad({ axes: [1, 0, 0, 0], timestamp: 1010 }));
  frame(pad({ axes: [0, 0, 0, 0], timestamp: 3 }));
  frame(pad({ axes: [1, 0, 0, 0], timestamp: 1e9 }));
  assert.deepEqual(posted.map(({ at }) => at), [1e12 + 1010, 1e12 + 1016, 1e12 + 1048]);
});

test("of several gamepads one of the standard kind is taken", () => {
  frame(pad({ mapping: "", axes: [1, 0, 0, 0] }), pad({ axes: [0, 1, 0, 0] }));
  assert.deepEqual(posted[0].axes.slice(0, 2), [0, 1]);
});

test("a gamepad of two axes and one that is pulled out are at rest where they say nothing", () => {
  frame(pad({ axes: [1, 0], buttons: [] }));
  frame(pad({ axes: [1, 0], connected: false }));
  assert.deepEqual(told(), [[[1, 0, 0, 0, 0, 0], []], [[0, 0, 0, 0, 0, 0], []]]);
});

test("stop leaves everything at rest and asks no more; start asks once", () => {
  frame(pad({ axes: [1, 0, 0, 0] }));
  gamepad.stop();
  gamepad.stop();
  assert.equal(view.cancelled, 7);
  assert.deepEqual(told().at(-1), [[0, 0, 0, 0, 0, 0], []]);
  assert.equal(posted.length, 2);
  view.asked = null;
  gamepad.start();
  assert.notEqual(view.asked, null);
});
