// The form with the real survey library, which runs without a page as long as nothing is drawn.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { beforeEach, test } from "node:test";

import { setTexts } from "../../participant_client/screens/words.js";
import { Form } from "../../participant_client/survey/form.js";
import { catalogue } from "./catalogue.mjs";
import { FakeClock } from "./doubles.mjs";

const Survey = createRequire(import.meta.url)("../../participant_client/vendor/surveyjs/survey.core.min.js");
// Where it looks for what it has drawn: there is nothing.
const nothing = { getElementById: () => null, querySelector: () => null };
Survey.settings.environment = { root: nothing, rootElement: nothing };

const SURVEY = {
  pages: [
    { elements: [{ type: "radiogroup", name: "a", isRequired: true, choices: [1, 2] }] },
    { elements: [{ type: "text", name: "b", visibleIf: "{a} = 2" }, { type: "ranking", name: "c", choices: ["x", "y"] }] },
  ],
};
const SHUFFLED = { elements: [{ type: "checkbox", name: "d", choices: [1, 2, 3, 4, 5, 6], choicesOrder: "random" }] };

let clock, kept, done;

beforeEach(() => {
  setTexts(catalogue("en"));
  clock = new FakeClock();
  [kept, done] = [null, []];
});

function open(survey = SURVEY, language = "en") {
  return new Form({
    surveyjs: { Survey, SurveyUI: {} },
    survey,
    language,
    kept,
    keep: (now) => (kept = JSON.parse(JSON.stringify(now))),
    onChange: () => {},
    onDone: (...values) => done.push(values),
    now: clock.now,
  });
}

function answer(form, name, value) {
  form.model.onAfterRenderQuestion.fire(form.model, { question: form.model.getQuestionByName(name) });
  clock.advance(1000);
  form.model.setValue(name, value);
}

test("the buttons turn the pages; what is missing is said in the study's words and stops both", () => {
  const form = open();
  assert.deepEqual(form.place, { page: 1, pages: 2, back: null, next: "Next", submit: null, isLast: false });
  form.next();
  assert.equal(form.model.getQuestionByName("a").errors[0].getText(), "Please answer this question.");
  answer(form, "a", 1);
  form.next();
  assert.deepEqual([form.place.page, form.place.back, form.place.isLast], [2, "Back", true]);
  form.back();
  assert.equal(form.place.page, 1);
});

test("what is handed in are the answers to what was asked; what a condition hides again is left out", () => {
  const form = open();
  answer(form, "a", 2);
  form.next();
  form.model.setValue("b", "hidden soon");
  form.back();
  answer(form, "a", 1);
  form.next();
  form.next();
  assert.deepEqual(done[0][0], { a: 1 });
  assert.deepEqual(done[0][1].map(({ name, rt_ms: rtMs }) => [name, rtMs]), [["a", 2000]]);
});

test("a reload goes on with page, answers, times and the order in which choices were shown", () => {
  const first = open();
  answer(first, "a", 2);
  first.next();
  const second = open();
  assert.deepEqual([second.place.page, second.model.data], [2, { a: 2 }]);
  assert.equal(second.asked.changedAt.a, 1000);
  kept = null;
  const shown = (form) => form.model.getQuestionByName("d").visibleChoices.map(({ value }) => value);
  const order = shown(open(SHUFFLED));
  assert.deepEqual(shown(open(SHUFFLED)), order);
  kept = { ...kept, seed: kept.seed + 1 };
  const others = Array.from({ length: 5 }, (_, more) => {
    kept = { ...kept, seed: kept.seed + more };
    return shown(open(SHUFFLED));
  });
  assert.ok(others.some((other) => other.join() !== order.join()), "another seed, another order");
});

test("a quiz that is not passed opens again with its answers, and marks what was wrong", () => {
  const form = open();
  answer(form, "a", 1);
  form.next();
  form.next();
  assert.equal(form.model.state, "completed");
  form.reopen(["a"]);
  assert.deepEqual([form.model.state, form.model.data, form.place.page], ["running", { a: 1 }, 1]);
  assert.equal(form.model.getQuestionByName("a").errors[0].getText(), "This answer is not right yet.");
  answer(form, "a", 2);
  form.next();
  form.next();
  assert.deepEqual(done[1][0], { a: 2 });
});

test("a study's own words stand on the buttons, and a first page may have one of its own", () => {
  const form = open({ ...SURVEY, firstPageIsStartPage: true, startSurveyText: "Off we go", completeText: "All done" });
  assert.deepEqual([form.place.next, form.place.isLast], ["Off we go", false]);
  assert.equal(form.place.submit, "All done");
});

test("a ranking says how it is done by keyboard", () => {
  const form = open();
  assert.match(form.model.getQuestionByName("c").description, /arrow keys/);
});
