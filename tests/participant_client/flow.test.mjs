import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Flow } from "../../participant_client/flow.js";
import { Page } from "../../participant_client/page.js";
import { RequestRefused, RequestTimeout } from "../../participant_client/wire/socket.js";
import { say, setTexts, spokenLanguage } from "../../participant_client/screens/words.js";
import { catalogue } from "./catalogue.mjs";
import { settled } from "./doubles.mjs";
import { FakeForm, FakeRuntime, FakeSocket, FakeUploads, flowParts, installWindow, matched, view } from "./page_doubles.mjs";

installWindow();

let socket, runtime, uploads, page, flow;

beforeEach(() => {
  setTexts(catalogue("en"));
  socket = new FakeSocket();
  socket.forget();
  runtime = new FakeRuntime();
  uploads = new FakeUploads();
  page = new Page(() => {});
  flow = new Flow({
    page,
    socket,
    runtime,
    uploads,
    clock: () => ({ offsetMs: 0, rttMs: 0 }),
    loadRenderer: async () => ({ createRenderer: () => new Promise(() => {}) }),
    ...flowParts(),
    entry: { PROLIFIC_PID: "5f3c" },
  });
  flow.listen();
});

afterEach(() => {
  flow.match?.stop();
  flow.match?.recording.onFinished({});
  flow.match?.mesh.close();
});

const scene = () => page.state.scene;
const hear = (name, payload) => socket.handlers[name](payload);

async function waitForMatch() {
  socket.answers.start = { token: "t", participant_id: "p1", view: view("game", "loading") };
  socket.answers.ready = { view: view("game", "waiting") };
  runtime.finishLoading();
  await flow.goOn();
  await settled();
}

test("opening the page takes no place; Start does", async () => {
  hear("view", view("start", "reading", "Start"));
  assert.deepEqual([scene(), socket.names()], ["start", []]);
  socket.answers.start = { token: "t", participant_id: "p1", view: view("game", "loading") };
  await flow.goOn();
  assert.deepEqual([socket.names(), socket.participantId, scene()], [["start"], "p1", "loading"]);
});

test("Start works even when the server has said nothing yet", async () => {
  socket.answers.start = { token: "t", participant_id: "p1", view: view("game", "loading") };
  await flow.goOn();
  assert.equal(scene(), "loading");
});

test("a later page that is read goes on by Continue", async () => {
  hear("view", view("static", "reading", "Continue"));
  socket.answers.advance = { view: view("game", "loading") };
  await flow.goOn();
  assert.deepEqual(socket.said, [["advance", { scene_id: "static" }]]);
});

test("the waiting room is entered once, when the game is loaded, whichever comes first", async () => {
  socket.answers.ready = { view: view("game", "waiting") };
  hear("view", view("game", "loading"));
  await settled();
  assert.deepEqual(socket.names(), []);
  runtime.finishLoading();
  hear("view", view("game", "loading"));
  await settled();
  assert.deepEqual(socket.said, [["ready", { scene_id: "game", environment_hash: "ab", ready_ms: 1200 }]]);
});

test("a game that was loaded before Start needs no further wait", async () => {
  await waitForMatch();
  assert.deepEqual([socket.names(), scene()], [["start", "ready"], "waiting"]);
});

test("what the server refuses is said in the participant's words, and the button works again", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  socket.answers.start = new RequestRefused("start", { code: "closed", message: "start: closed." });
  await flow.goOn();
  assert.deepEqual([page.state.notice, page.state.busy, scene()], [say("refusals.closed"), false, "start"]);
  assert.deepEqual(warned.mock.calls[0].arguments, ["start: closed."]);
  socket.answers.start = new RequestRefused("start", { code: "never_seen", message: "start: what?" });
  await flow.goOn();
  assert.match(page.state.notice, /load the page again.*\(never_seen\)/);
  socket.answers.start = new RequestTimeout("start");
  await flow.goOn();
  assert.match(page.state.notice, /does not answer/);
});

test("while a match holds the page, views of the server wait until it is saved", async () => {
  await waitForMatch();
  hear("matched", matched());
  assert.equal(scene(), "match");
  hear("view", view("game", "playing"));
  assert.equal(scene(), "match");
  socket.answers.advance = { view: view("end", "ended") };
  hear("match_ended", { match_id: "m1", reason: "COMPLETED", message: "" });
  hear("view", view("game", "ended", "Continue"));
  runtime.onMessage({ type: "finished", report: {} });
  await settled();
  uploads.drain();
  await settled();
  assert.deepEqual([scene(), flow.matchHoldsPage], ["end", false]);
});

test("an end that was said while the connection was down is seen from the view", async () => {
  await waitForMatch();
  hear("matched", matched());
  socket.answers.advance = { view: view("end", "ended") };
  hear("view", view("game", "ended", "Continue"));
  assert.equal(scene(), "saving");
  runtime.onMessage({ type: "finished", report: {} });
  await settled();
  uploads.drain();
  await settled();
  assert.deepEqual([scene(), flow.matchHoldsPage], ["end", false]);
  assert.deepEqual(socket.names().slice(-2), ["match_report", "advance"]);
});

test("after the connection was down the server is asked for what was missed, during a match only", async () => {
  hear("connect");
  await waitForMatch();
  hear("matched", matched());
  hear("connect");
  await settled();
  assert.deepEqual(socket.payload("membership"), { match_id: "m1", message: { kind: "back", view: 0, epoch: -1 } });
  assert.equal(socket.names().filter((name) => name === "membership").length, 1);
});

test("a page reloaded during its match loads the game before it enters", async () => {
  hear("view", view("game", "playing"));
  hear("matched", matched({ rejoin: { commits: [], episode: 0, recorded: { episode: -1, through: -1, seq: 0 } } }));
  await settled();
  assert.deepEqual([scene(), runtime.of("match")], ["loading", []]);
  runtime.finishLoading();
  await settled();
  assert.deepEqual([scene(), page.state.match.overlay.kind], ["match", "coming_back"]);
  assert.ok(!socket.names().includes("ready"));
});

test("being told of the same match twice starts it once", async () => {
  await waitForMatch();
  hear("matched", matched());
  const first = flow.match;
  hear("matched", matched());
  assert.equal(flow.match, first);
});

test("a page reloaded after its match sends what is left and goes on", async () => {
  socket.answers.advance = { view: view("end", "ended") };
  hear("view", view("game", "ended", "Continue"));
  await settled();
  assert.deepEqual([scene(), socket.names()], ["saving", []]);
  uploads.drain();
  await settled();
  assert.deepEqual([scene(), socket.names()], ["end", ["advance"]]);
});

test("a server that was started anew is noticed by who is under way, and an old token is dropped", async (context) => {
  context.mock.method(console, "error", () => {});
  socket.identify("old", "p9");
  hear("view", view("start", "reading", "Start"));
  assert.deepEqual([socket.token, scene()], [null, "start"]);
  await waitForMatch();
  hear("view", view("start", "reading", "Start"));
  assert.equal(scene(), "error");
});

test("an error that nobody caught ends the match, tells the server and says what to do", async (context) => {
  context.mock.method(console, "error", () => {});
  await waitForMatch();
  hear("matched", matched());
  runtime.onMessage({ type: "error", message: "KeyError: 3" });
  assert.deepEqual([scene(), page.state.error.detail], ["error", "KeyError: 3"]);
  assert.deepEqual(runtime.of("end"), [{ type: "end", reason: "TECH_PROBLEM" }]);
  assert.deepEqual(socket.said.at(-1), ["leave", { reason: "TECH_PROBLEM", data: "keep" }]);
});

test("closing the page means leaving only after Start and before the end", async () => {
  flow.onPageHide();
  assert.deepEqual(socket.names(), []);
  await waitForMatch();
  flow.onPageHide();
  assert.deepEqual(socket.said.at(-1), ["leave", { reason: "page_closed", data: "keep" }]);
  hear("view", view("end", "ended"));
  socket.said.length = 0;
  flow.onPageHide();
  assert.deepEqual(socket.names(), []);
});

test("who leaves during a match has their data sent first", async () => {
  await waitForMatch();
  hear("matched", matched());
  const leaving = flow.leave("delete");
  assert.deepEqual(runtime.of("end"), [{ type: "end", reason: "WITHDRAWN" }]);
  await settled();
  runtime.onMessage({ type: "finished", report: {} });
  await settled();
  assert.equal(socket.payload("leave"), undefined);
  uploads.drain();
  await leaving;
  assert.deepEqual(socket.payload("leave"), { reason: "WITHDRAWN", data: "delete" });
  hear("view", view("end", "ended"));
  assert.equal(scene(), "end");
});

test("a page replaced by another window says so and leaves the participant in peace", async () => {
  await waitForMatch();
  socket.said.length = 0;
  flow.onReplaced();
  assert.match(page.state.error.title, /another window/);
  assert.deepEqual(socket.names(), []);
});

test("loading again begins with a new worker", () => {
  flow.retry();
  assert.equal(runtime.starts, 1);
});

test("the study brings its texts, and a view may change some of them for its participant", () => {
  flow.onStudy({ title: "T", ...catalogue("de") });
  assert.deepEqual([say("buttons.continue"), page.state.study.title], ["Weiter", "T"]);
  hear("view", { ...view("static", "reading", "Los"), texts: { "buttons.leave": "Partir" }, language: "fr" });
  assert.deepEqual([say("buttons.leave"), spokenLanguage()], ["Partir", "fr"]);
  hear("view", view("static", "reading", "Los"));
  assert.deepEqual([say("buttons.leave"), spokenLanguage()], ["Verlassen", "de"]);
});

test("Start tells who comes, as the address says", async () => {
  socket.answers.start = { token: "t", participant_id: "p1", view: view("consent", "reading") };
  await flow.goOn();
  assert.deepEqual(socket.payload("start"), { entry: { PROLIFIC_PID: "5f3c" } });
});

test("each kind of scene has its page, and its buttons say which scene they are of", async () => {
  const pages = { static: "static", debrief: "static", consent: "consent", instructions: "instructions" };
  Object.assign(pages, { quiz: "quiz", survey: "survey", feedback: "survey", hold: "hold" });
  for (const [type, page] of Object.entries(pages)) {
    hear("view", view(type, "reading"));
    assert.equal(scene(), page);
  }
  hear("view", view("consent", "reading"));
  socket.answers.consent = { view: view("end", "ended") };
  await flow.consent(false);
  assert.deepEqual([socket.payload("consent"), scene()], [{ scene_id: "consent", agreed: false }, "end"]);
});

test("the back button is held from the first page after Start to the last", () => {
  hear("view", view("start", "reading", "Start"));
  assert.equal(flow.backButton.holds, false);
  hear("view", view("static", "reading"));
  assert.equal(flow.backButton.holds, true);
  hear("view", view("end", "ended"));
  assert.equal(flow.backButton.holds, false);
});

async function openForm(type) {
  hear("view", { ...view(type, "reading"), content: { survey: { elements: [] } } });
  await flow.questions.open({ onChange: () => {} });
  return FakeForm.latest;
}

test("a survey's answers are kept until they are handed in, then the next page is shown", async () => {
  const form = await openForm("survey");
  form.options.keep({ data: { a: 1 } });
  assert.deepEqual(flow.kept.read("survey"), { data: { a: 1 } });
  assert.deepEqual((await openForm("survey")).options.kept, { data: { a: 1 } });
  const questions = [{ name: "a", title: "A", type: "text", order: 1, rt_ms: 5 }];
  socket.answers.answer = { view: view("end", "ended"), quiz: null };
  await form.fill({ a: 2 }, questions);
  assert.deepEqual(socket.payload("answer"), { scene_id: "survey", answers: { a: 2 }, questions });
  assert.deepEqual([scene(), flow.kept.read("survey"), form.reopened], ["end", null, []]);
});

test("a quiz that is not passed stays, with what was wrong; passed, it is left", async () => {
  const form = await openForm("quiz");
  const again = { passed: false, attempts_left: 2, wrong: ["a"] };
  socket.answers.answer = { view: view("quiz", "reading"), quiz: again };
  await form.fill({ a: 1 });
  assert.deepEqual([page.state.quiz, form.reopened, scene()], [again, [["a"]], "quiz"]);
  socket.answers.answer = { view: view("static", "reading"), quiz: { passed: true, attempts_left: 1, wrong: [] } };
  await form.fill({ a: 2 });
  assert.deepEqual([page.state.quiz, form.reopened.length, scene()], [null, 1, "static"]);
});

test("answers that did not arrive, or are too long, are not lost: the form opens again", async () => {
  const form = await openForm("survey");
  form.options.keep({ data: { a: 1 } });
  socket.answers.answer = new RequestTimeout("answer");
  await form.fill({ a: 1 });
  assert.match(page.state.notice, /does not answer/);
  socket.said.length = 0;
  await form.fill({ a: "ä".repeat(33000) });
  assert.deepEqual([page.state.notice, socket.names()], [say("survey.too_long"), []]);
  assert.deepEqual([form.reopened.length, flow.kept.read("survey"), scene()], [2, { data: { a: 1 } }, "survey"]);
});

test("a raised hand is shown when the server has it, and changes nothing else of the page", async () => {
  await waitForMatch();
  hear("matched", matched());
  socket.answers.hand = { view: { ...view("game", "playing"), hand_raised: true } };
  await flow.raiseHand(true);
  assert.deepEqual([socket.payload("hand"), page.state.view.hand_raised, scene()], [{ raised: true }, true, "match"]);
});

test("a match that the server has ended by showing a later page hands in what was recorded", async () => {
  await waitForMatch();
  hear("matched", matched());
  socket.answers.advance = { view: view("debrief", "reading", "Continue") };
  hear("view", view("debrief", "reading", "Continue"));
  assert.equal(scene(), "saving");
  runtime.onMessage({ type: "finished", report: {} });
  await settled();
  uploads.drain();
  await settled();
  assert.equal(scene(), "static");
});
