import assert from "node:assert/strict";
import { test } from "node:test";

import { SHAPES, parseColor } from "../../participant_client/render/shapes.js";

/** Notes every call of a Graphics object as [name, ...arguments]. */
function recorder() {
  const calls = [];
  const graphics = new Proxy({}, { get: (_, name) => (...values) => calls.push([name, ...values]) });
  return { graphics, calls, names: () => calls.map(([name]) => name) };
}

const near = (a, b) => Math.abs(a - b) < 1e-9;

test("colours have an opacity if they say so", () => {
  assert.deepEqual(parseColor("#ff8000"), { rgb: 0xff8000, alpha: 1 });
  assert.deepEqual(parseColor("#ff800080"), { rgb: 0xff8000, alpha: 128 / 255 });
  assert.deepEqual(parseColor("nonsense"), { rgb: 0, alpha: 1 });
});

test("a plain rectangle is one fill", () => {
  const { graphics, calls } = recorder();
  SHAPES.rect(graphics, ["rect", 1, 2, 30, 40, "#010203", null, 1, 0]);
  assert.deepEqual(calls, [["fillStyle", 0x010203, 1], ["fillRect", 1, 2, 30, 40]]);
});

test("a radius never exceeds half of a rectangle", () => {
  const { graphics, calls } = recorder();
  SHAPES.rect(graphics, ["rect", 0, 0, 10, 40, "#000000", null, 1, 99]);
  const arcs = calls.filter(([name]) => name === "arc");
  assert.equal(arcs.length, 4);
  assert.ok(arcs.every(([, , , r]) => r === 5));
});

test("a stroke follows the fill of the same path, and is left out without a colour or a width", () => {
  const stroked = recorder();
  SHAPES.circle(stroked.graphics, ["circle", 5, 5, 3, "#111111", "#222222", 2]);
  const path = ["beginPath", "arc", "closePath"];
  assert.deepEqual(stroked.names(), [...path, "fillStyle", "fillPath", "lineStyle", "strokePath"]);
  for (const item of [["circle", 5, 5, 3, "#111111", null, 2], ["circle", 5, 5, 3, "#111111", "#222222", 0]]) {
    const plain = recorder();
    SHAPES.circle(plain.graphics, item);
    assert.ok(!plain.names().includes("strokePath"));
  }
});

test("an ellipse touches the ends of its half axes", () => {
  for (const [rx, ry] of [[8, 4], [60, 30]]) {
    const { graphics, calls } = recorder();
    SHAPES.ellipse(graphics, ["ellipse", 100, 50, rx, ry, "#111111", null, 1]);
    const corners = calls.filter(([name]) => name === "moveTo" || name === "lineTo").map(([, x, y]) => [x, y]);
    for (const [x, y] of [[100 + rx, 50], [100 - rx, 50], [100, 50 + ry], [100, 50 - ry]]) {
      assert.ok(corners.some((corner) => near(corner[0], x) && near(corner[1], y)), `${x}, ${y}`);
    }
  }
});

test("an arc of nothing paints nothing, and more than a turn is one turn", () => {
  const nothing = recorder();
  SHAPES.arc(nothing.graphics, ["arc", 0, 0, 9, 90, 90, "#111111", 4]);
  assert.deepEqual(nothing.calls, []);
  const turn = recorder();
  SHAPES.arc(turn.graphics, ["arc", 0, 0, 9, -90, 500, "#111111", 4]);
  const [, , , , from, to] = turn.calls.find(([name]) => name === "arc");
  assert.ok(near(to - from, 2 * Math.PI));
  assert.ok(turn.names().includes("closePath"));
});

test("a polygon goes through every corner and closes", () => {
  const { graphics, calls, names } = recorder();
  SHAPES.polygon(graphics, ["polygon", [0, 1, 2, 3, 4, 5], "#111111", null, 1]);
  const path = [["beginPath"], ["moveTo", 0, 1], ["lineTo", 2, 3], ["lineTo", 4, 5], ["closePath"]];
  assert.deepEqual(calls.slice(0, 5), path);
  assert.ok(names().includes("fillPath"));
});
