import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_STATE, Page } from "../../participant_client/page.js";
import { clockTime, duration, keyName, keyWords, roleName } from "../../participant_client/screens/words.js";
import { settled } from "./doubles.mjs";

test("times are read as people write them", () => {
  assert.deepEqual([0, 999, 65000, -5].map(clockTime), ["0:00", "0:00", "1:05", "0:00"]);
  const written = ["2 minutes", "1 minute", "1 minute 30 seconds", "1 second"];
  assert.deepEqual([120000, 60000, 90000, 1000].map(duration), written);
});

test("roles and keys are named as people know them", () => {
  assert.deepEqual(["cook_a", "leader", "head of kitchen"].map(roleName), ["Cook A", "Leader", "Head of kitchen"]);
  assert.deepEqual(["ArrowUp", "KeyW", "Digit3", "Numpad5", "Space"].map(keyName), ["↑", "W", "3", "Num 5", "Space"]);
  assert.equal(keyWords("ArrowUp"), "Arrow up");
});

test("many changes in one turn are drawn once", async () => {
  const drawn = [];
  const page = new Page((state) => drawn.push(state));
  page.update({ busy: true });
  page.update({ notice: "no" });
  await settled();
  assert.deepEqual(drawn.map(({ busy, notice }) => [busy, notice]), [[true, "no"]]);
  page.update({ match: { score: 3, role: "a" } });
  page.updateMatch({ score: 3 });
  await settled();
  page.updateMatch({ score: 3 });
  await settled();
  assert.equal(drawn.length, 2);
  page.updateMatch({ score: 4 });
  await settled();
  assert.deepEqual(drawn.at(-1).match, { score: 4, role: "a" });
});

test("nothing that still arrives hides the error page", () => {
  const page = new Page(() => {});
  page.update({ scene: "error" });
  page.update({ scene: "end" });
  assert.equal(page.state.scene, "error");
  assert.equal(INITIAL_STATE.scene, "start");
});
