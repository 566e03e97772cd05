import assert from "node:assert/strict";
import { test } from "node:test";

import { Asked } from "../../participant_client/survey/asked.js";
import { FakeClock } from "./doubles.mjs";

const question = (name, { type = "text", valueName = name, title = name.toUpperCase() } = {}) => ({
  getValueName: () => valueName,
  getType: () => type,
  processedTitle: title,
});

test("the time of an answer runs from when its question was shown to its last change", () => {
  const clock = new FakeClock();
  const asked = new Asked({ now: clock.now, kept: null });
  asked.shown("a");
  clock.advance(500);
  asked.shown("a");
  asked.shown("b");
  clock.advance(700);
  asked.changed("a");
  clock.advance(300);
  asked.changed("a");
  assert.deepEqual(asked.questions([question("b"), question("a")]), [
    { name: "b", title: "B", type: "text", order: 1, rt_ms: null },
    { name: "a", title: "A", type: "text", order: 2, rt_ms: 1500 },
  ]);
});

test("a reload goes on where the times were, without its own", () => {
  const clock = new FakeClock();
  const before = new Asked({ now: clock.now, kept: null });
  before.shown("a");
  clock.advance(1000);
  const kept = JSON.parse(JSON.stringify(before.keep()));
  clock.advance(60000);
  const after = new Asked({ now: clock.now, kept });
  after.shown("a");
  clock.advance(200);
  after.changed("a");
  assert.equal(after.questions([question("a")])[0].rt_ms, 1200);
});

test("what was never shown, asks nothing, or has another question's answer is left out", () => {
  const asked = new Asked({ now: () => 0, kept: null });
  for (const name of ["note", "a", "picture"]) asked.shown(name);
  const questions = [
    question("note", { type: "html" }), question("a"), question("again", { valueName: "a" }),
    question("picture", { type: "image" }), question("hidden"),
  ];
  assert.deepEqual(asked.questions(questions).map(({ name }) => name), ["a"]);
});

test("a title is cut where the server would refuse it", () => {
  const asked = new Asked({ now: () => 0, kept: null });
  asked.shown("a");
  assert.equal(asked.questions([question("a", { title: "x".repeat(3000) })])[0].title.length, 2000);
});
