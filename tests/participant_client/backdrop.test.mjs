import assert from "node:assert/strict";
import { test } from "node:test";

import { Backdrop, commonStart } from "../../participant_client/render/backdrop.js";

const square = (x) => ["rect", x, 0, 1, 1, "#ffffff", null, 1, 0];
const floor = (count) => Array.from({ length: count }, (_, i) => square(i));
const copy = (items) => JSON.parse(JSON.stringify(items));

/** A backdrop over a scene that paints nothing, with what it drew last. */
function backdrop() {
  const drawn = [];
  const note = (name, x) => {
    if (name === "clear") drawn.splice(0);
    if (name === "fillRect") drawn.push(x);
  };
  const graphics = new Proxy({}, { get: (_, name) => (x) => note(name, x) });
  const image = { visible: true };
  for (const name of ["setOrigin", "setDepth", "setTexture", "setScale"]) image[name] = () => image;
  image.setVisible = (visible) => Object.assign(image, { visible });
  const texture = { setSize() {}, clear() {} };
  const scene = {
    scale: { width: 100, height: 100 },
    make: { graphics: () => graphics },
    add: { image: () => image },
    sys: { textures: { exists: () => false, createCanvas: () => texture, get: () => texture } },
  };
  return { kept: new Backdrop(scene), drawn, image };
}

test("two pictures have their first shapes in common, up to a difference or a text", () => {
  const text = ["text", 0, 0, "a", 16, "#000000", "left", "normal"];
  assert.equal(commonStart(floor(5), copy(floor(5))), 5);
  assert.equal(commonStart(floor(5), [...floor(3), square(9), square(4)]), 3);
  assert.equal(commonStart(floor(5), floor(2)), 2);
  assert.equal(commonStart([square(0), text, square(1)], [square(0), text, square(1)]), 1);
  const triangle = (y) => ["polygon", [0, 0, 1, 0, 1, y], "#ffffff", null, 1];
  assert.equal(commonStart([triangle(1)], [triangle(1)]), 1);
  assert.equal(commonStart([triangle(1)], [triangle(2)]), 0);
});

test("what stays the same for some pictures is painted once and then skipped", () => {
  const { kept } = backdrop();
  const shown = [];
  for (let frame = 0; frame < 20; frame += 1) shown.push(kept.show([...copy(floor(30)), square(1000 + frame)], 1));
  assert.equal(shown[0], 0);
  assert.equal(shown.at(-1), 30);
  assert.equal(kept.painted, 1);
});

test("a change inside shortens what is kept, at once, and a short rest is not kept at all", () => {
  const { kept, image } = backdrop();
  for (let frame = 0; frame < 10; frame += 1) kept.show(copy(floor(60)), 1);
  assert.equal(kept.show([...floor(40), square(-1), ...floor(10)], 1), 40);
  assert.equal(kept.painted, 2);
  assert.equal(kept.show([...floor(40), square(-2), ...floor(10)], 1), 40);
  assert.equal(kept.painted, 2);
  assert.equal(kept.show([square(-3), ...floor(50)], 1), 0);
  assert.equal(image.visible, false);
});

test("another size of the page paints it again", () => {
  const { kept, drawn } = backdrop();
  for (let frame = 0; frame < 10; frame += 1) kept.show(copy(floor(30)), 1);
  kept.show(copy(floor(30)), 2);
  assert.equal(kept.painted, 2);
  assert.deepEqual(drawn, floor(30).map((item) => item[1]));
});

test("a few shapes are not worth keeping", () => {
  const { kept } = backdrop();
  for (let frame = 0; frame < 20; frame += 1) assert.equal(kept.show(copy(floor(10)), 1), 0);
});
