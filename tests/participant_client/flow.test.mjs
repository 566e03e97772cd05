import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Flow } from "../../participant_client/flow.js";
import { Page } from "../../participant_client/page.js";
import { RequestRefused, RequestTimeout } from "../../participant_client/wire/socket.js";
import { settled } from "./doubles.mjs";
import { FakeRuntime, FakeSocket, FakeUploads, installWindow, matched, view } from "./page_doubles.mjs";

installWindow();

let socket, runtime, uploads, page, flow;

beforeEach(() => {
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
  hear("view", view("start", "reading", "Continue"));
  socket.answers.advance = { view: view("game", "loading") };
  await flow.goOn();
  assert.deepEqual(socket.said, [["advance", { scene_id: "start" }]]);
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

test("what the server refuses is said in its words, and the button works again", async () => {
  socket.answers.start = new RequestRefused("start", { code: "closed", message: "The study is closed." });
  await flow.goOn();
  assert.deepEqual([page.state.notice, page.state.busy, scene()], ["The study is closed.", false, "start"]);
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
  assert.deepEqual(socket.said.at(-1), ["leave", { reason: "TECH_PROBLEM" }]);
});

test("closing the page means leaving only after Start and before the end", async () => {
  flow.onPageHide();
  assert.deepEqual(socket.names(), []);
  await waitForMatch();
  flow.onPageHide();
  assert.deepEqual(socket.said.at(-1), ["leave", { reason: "page_closed" }]);
  hear("view", view("end", "ended"));
  socket.said.length = 0;
  flow.onPageHide();
  assert.deepEqual(socket.names(), []);
});

test("who leaves during a match has their data sent first", async () => {
  await waitForMatch();
  hear("matched", matched());
  const leaving = flow.leave();
  assert.deepEqual(runtime.of("end"), [{ type: "end", reason: "WITHDRAWN" }]);
  await settled();
  runtime.onMessage({ type: "finished", report: {} });
  await settled();
  assert.equal(socket.payload("leave"), undefined);
  uploads.drain();
  await leaving;
  assert.deepEqual(socket.payload("leave"), { reason: "WITHDRAWN" });
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
