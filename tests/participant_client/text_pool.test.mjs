import assert from "node:assert/strict";
import { test } from "node:test";

import { TextPool } from "../../participant_client/render/text_pool.js";

/** A Phaser Text that only remembers. */
class FakeText {
  constructor(string) {
    Object.assign(this, { string, visible: true, depth: 0, resolution: 1 });
  }
  setPosition(x, y) { this.x = x; this.y = y; return this; }
  setOrigin(x, y) { this.origin = [x, y]; return this; }
  setAlpha(alpha) { this.alpha = alpha; return this; }
  setDepth(depth) { this.depth = depth; return this; }
  setVisible(visible) { this.visible = visible; return this; }
  setResolution(resolution) { this.resolution = resolution; return this; }
  setStyle(style) { this.style = style; return this; }
  setText(string) { this.string = string; return this; }
}

function pool() {
  const made = [];
  const add = { text: (x, y, string) => { made.push(new FakeText(string)); return made.at(-1); } };
  const texts = new TextPool({ add });
  const frame = (...items) => {
    texts.begin(1);
    items.forEach((item, index) => texts.show(item, index));
    texts.end();
    return made.filter((text) => text.visible).map((text) => text.string).sort();
  };
  return { texts, made, frame };
}

const item = (string, color = "#112233", x = 0) => ["text", x, 5, string, 16, color, "center", "bold"];

test("a string that stays is rendered once, wherever it moves and however it fades", () => {
  const { texts, made, frame } = pool();
  for (let i = 0; i < 50; i += 1) frame(item("Score 3", `#112233${(255 - i).toString(16)}`, i));
  assert.equal(texts.rendered, 1);
  assert.equal(made.length, 1);
  assert.equal(made[0].x, 49);
  assert.ok(made[0].alpha < 1);
  assert.deepEqual(made[0].origin, [0.5, 0.5]);
});

test("the same string twice in a picture is two objects", () => {
  const { made, frame } = pool();
  assert.deepEqual(frame(item("1"), item("1")), ["1", "1"]);
  assert.deepEqual(frame(item("1"), item("1")), ["1", "1"]);
  assert.equal(made.length, 2);
});

test("a string that is gone is hidden, and comes back without being rendered again", () => {
  const { texts, frame } = pool();
  frame(item("a"), item("b"));
  assert.deepEqual(frame(item("a")), ["a"]);
  assert.deepEqual(frame(item("a"), item("b")), ["a", "b"]);
  assert.equal(texts.rendered, 2);
});

test("a counter that never repeats does not make objects without end", () => {
  const { made, frame } = pool();
  for (let i = 0; i < 400; i += 1) assert.deepEqual(frame(item(`time ${i}`), item("Score")), ["Score", `time ${i}`]);
  assert.ok(made.length <= 48, `${made.length} objects`);
});

test("a change of the resolution reaches every text", () => {
  const { texts, made, frame } = pool();
  frame(item("a"), item("b"));
  texts.begin(2.5);
  assert.deepEqual(made.map((text) => text.resolution), [2.5, 2.5]);
});
