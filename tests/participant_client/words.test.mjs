import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { INITIAL_STATE, Page } from "../../participant_client/page.js";
import { FIRST_WORDS } from "../../participant_client/screens/first_words.js";
import {
  canSay, clockTime, duration, gamepadWords, keyName, keyWords, mouseWords, passingNews, presence, roleName, say,
  setOwnTexts, setTexts, spokenLanguage, standstill,
} from "../../participant_client/screens/words.js";
import { catalogue } from "./catalogue.mjs";
import { settled } from "./doubles.mjs";

beforeEach(() => {
  setTexts(catalogue("en"));
  setOwnTexts({});
});

test("the first words, before the study has come, are those of the catalogues", () => {
  for (const [language, words] of Object.entries(FIRST_WORDS)) {
    const { texts } = catalogue(language);
    for (const [key, text] of Object.entries(words)) assert.equal(text, texts[key], `${language}: ${key}`);
  }
  assert.deepEqual(Object.keys(FIRST_WORDS.de), Object.keys(FIRST_WORDS.en));
});

test("until the study has come the page speaks as the browser does, else English", async (context) => {
  const heard = { "de-AT": "Willkommen", de: "Willkommen", "fr-FR": "Welcome", "en-GB": "Welcome" };
  for (const [language, welcome] of Object.entries(heard)) {
    context.mock.getter(globalThis.navigator, "language", () => language);
    const fresh = await import(`../../participant_client/screens/words.js?${language}`);
    assert.deepEqual([fresh.say("start.welcome"), fresh.spokenLanguage()], [welcome, welcome === "Welcome" ? "en" : "de"]);
    context.mock.restoreAll();
  }
});

test("once the study has come it is spoken in the study's language, with its values in place", () => {
  setTexts(catalogue("de"));
  assert.deepEqual([say("buttons.continue"), spokenLanguage()], ["Weiter", "de"]);
  assert.equal(presence({ present: 1, needed: 2 }), "1 von 2 Personen anwesend");
  assert.equal(say("game.episode_value", { episode: 1 }), "1 von {episodes}");
});

test("a number chooses the plural form, by the rules of the language", () => {
  assert.match(say("waiting.missing", { count: 1 }), /one more person/);
  assert.match(say("waiting.missing", { count: 3 }), /3 more people/);
  const forms = { one: "{count} osoba", few: "{count} osoby", many: "{count} osób", other: "{count} osoby" };
  const texts = Object.fromEntries(Object.entries(forms).map(([form, text]) => [`people.${form}`, text]));
  setTexts({ language: "pl", texts });
  const said = [1, 3, 5].map((count) => say("people", { count }));
  assert.deepEqual(said, ["1 osoba", "3 osoby", "5 osób"]);
  setTexts({ language: "xx-1", texts: catalogue("en").texts });
  assert.equal(duration(1000), "1 second");
});

test("a participant's condition may have other texts than the study", () => {
  setOwnTexts({ "buttons.continue": "Next" });
  assert.deepEqual([say("buttons.continue"), say("buttons.leave")], ["Next", "Leave"]);
  setOwnTexts({});
  assert.equal(say("buttons.continue"), "Continue");
});

test("a text that is missing is reported, and the page goes on", (context) => {
  const complaints = context.mock.method(console, "error", () => {});
  assert.deepEqual([say("nowhere.at_all"), canSay("nowhere.at_all")], ["nowhere.at_all", false]);
  assert.match(complaints.mock.calls[0].arguments[0], /nowhere\.at_all/);
});

test("in German everything is German", () => {
  setTexts(catalogue("de"));
  assert.deepEqual([1000, 60000, 150000].map(duration), ["1 Sekunde", "1 Minute", "2 Minuten 30 Sekunden"]);
  const keys = ["Space", "ControlLeft", "ShiftRight", "AltLeft", "Enter", "Numpad5", "KeyW"].map(keyName);
  assert.deepEqual(keys, ["Leertaste", "Strg", "Umschalt", "Alt", "Eingabe", "Num 5", "W"]);
  assert.equal(keyWords("ArrowLeft"), "Pfeil nach links");
  const match = { partners: 1, episode: 1, episodes: 3, afterDeparture: "end", graceMs: 30000 };
  const { strong, text } = standstill("interrupted", match);
  assert.match(`${strong}. ${text}`, /^Ihr Gegenüber .* höchstens 30 Sekunden\. Danach endet das Spiel\.$/);
  assert.match(standstill("break", match).text, /noch 2 Runden/);
});

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
