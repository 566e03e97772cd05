import assert from "node:assert/strict";
import { test } from "node:test";

import { INITIAL_STATE, Page } from "../../participant_client/page.js";
import {
  clockTime, duration, gamepadWords, keyName, keyWords, mouseWords, passingNews, roleName, standstill,
} from "../../participant_client/screens/words.js";
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

test("a picture that stands still is explained by what is the matter and what follows", () => {
  const match = { partners: 1, episode: 1, episodes: 2, afterDeparture: "default_action", graceMs: 30000 };
  const words = (kind, changes) => Object.values(standstill(kind, { ...match, ...changes })).join(" ");
  assert.match(words("interrupted"), /^Your partner cannot .* up to 30 seconds\. .* goes on without them\.$/);
  assert.match(words("interrupted", { partners: 2, afterDeparture: "end" }), /^One of the players .* the game ends\.$/);
  assert.doesNotMatch(words("interrupted", { graceMs: null }), /wait/);
  assert.match(words("interrupted", { online: false }), /^Your connection is interrupted .* it is back\.$/);
  assert.match(words("break"), /^Episode 1 of 2 is finished .* It is the last\.$/);
  assert.match(words("connecting", { partners: 0 }), /^The game begins/);
  assert.match(words("connecting", { partners: 3 }), /^Everybody is here .* the others/);
  assert.match(words("coming_back"), /^Coming back to the game…/);
  assert.match(words("paused"), /^The game is paused/);
  assert.match(words("evicted"), /without you .* saved\.$/);
  assert.match(words("stalled"), /^Waiting for your partner’s connection…/);
});

test("what has become of another is one line", () => {
  assert.equal(passingNews({ kind: "dropped" }, { partners: 1 }), "Your partner has left. The game goes on.");
  assert.equal(passingNews({ kind: "rejoined" }, { partners: 2 }), "One of the players is back.");
});

const said = (words) => words.map(({ name, label }) => (label ? `${name}: ${label}` : name));

test("the mouse is explained by what the game uses of it", () => {
  const buttons = { left: 1, right: 2 };
  assert.deepEqual(said(mouseWords({ x: 0, y: null })), ["Move: over the picture"]);
  const labels = { move: "aim", left: "fire" };
  assert.deepEqual(said(mouseWords({ x: 0, y: 1, buttons, labels })), ["Move: aim", "Left button: fire", "Right button"]);
  assert.deepEqual(said(mouseWords({ x: null, y: null, buttons })), ["Left button", "Right button"]);
});

test("the gamepad is explained by what the game uses of it, a stick's two directions apart if they differ", () => {
  assert.deepEqual(said(gamepadWords({ axes: { left_x: 0, left_y: 1 }, labels: { left_x: "walk" } })), ["Left stick: walk"]);
  const axes = { left_x: 0, left_y: 1, right_trigger: 2 };
  const labels = { left_x: "steer", left_y: "lean", right_trigger: "gas", a: "jump" };
  assert.deepEqual(said(gamepadWords({ axes, buttons: { a: 1, right_trigger: 1, up: 3 }, labels })), [
    "Left stick ↔: steer", "Left stick ↕: lean", "RT: gas", "A: jump", "↑",
  ]);
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
