// A match whose members change: seats that leave, come back, are given up.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Match } from "../../participant_client/match.js";
import { Page } from "../../participant_client/page.js";
import { Returns } from "../../participant_client/returning.js";
import { bytes, FakeStorage, settled } from "./doubles.mjs";
import { FakeConnection } from "./fake_connection.mjs";
import { FakeRuntime, FakeSocket, FakeUploads, installWindow, matched, view } from "./page_doubles.mjs";

installWindow();

let socket, runtime, uploads, page, match, over, storage, reloads;

function made(changes) {
  return new Match({
    matched: matched(changes),
    instructions: "",
    socket,
    runtime,
    uploads,
    page,
    clock: () => ({ offsetMs: 5, rttMs: 40 }),
    returns: new Returns({ storage, reload: () => (reloads += 1) }),
    createRenderer: async () => ({ draw() {}, destroy() {} }),
    onOver: (next) => over.push(next),
    onError: (error) => assert.fail(error),
  });
}

beforeEach(() => {
  socket = new FakeSocket();
  runtime = new FakeRuntime();
  uploads = new FakeUploads();
  page = new Page(() => {});
  [over, storage, reloads] = [[], new FakeStorage(), 0];
  socket.answers.advance = { view: view("end", "ended") };
  runtime.onMessage = (message) => match.onWorker(message);
  match = made();
  match.start();
});

afterEach(() => {
  match.stop();
  match.recording.onFinished({});
  match.mesh.close();
});

async function play() {
  match.onStage({});
  const connection = FakeConnection.latest;
  connection.pair("host", "host");
  connection.ice("connected");
  for (const channel of connection.channels) channel.open();
  await settled();
  match.onBegin({ match_id: "m1", episode: 0, start_in_ms: 3000 });
}

const episodeDone = (episode) =>
  match.onWorker({ type: "episode_done", episode, frame: 899, state_hash: "aa", inputs_hash: "bb" });
const chunk = { match_id: "m1", seq: 0, episode: 0, first_frame: 0, last_frame: 29, crc32: 1, data: bytes(1) };

test("what the worker says about who takes part goes to the server, what the server says to the worker", async () => {
  await play();
  match.onWorker({ type: "membership", message: { kind: "suspect", seat: 1, silent_ms: 30000 } });
  await settled();
  const message = { kind: "prepare", ballot: 1, view: 1, epoch: 0, drop: [1], fence: null, activate: null };
  assert.deepEqual(socket.payload("membership"), {
    match_id: "m1", message: { kind: "suspect", seat: 1, silent_ms: 30000 },
  });
  match.onMembership({ match_id: "m0", message });
  match.onMembership({ match_id: "m1", message });
  assert.deepEqual(runtime.of("membership"), [{ type: "membership", message }]);
});

test("a part of a state goes to the worker, unless it is of another match", async () => {
  await play();
  const part = { epoch: 0, frame: 600, index: 0, data: bytes(1, 2) };
  match.onStatePart({ match_id: "m0", ...part });
  match.onStatePart({ match_id: "m1", ...part });
  assert.deepEqual(runtime.of("part"), [{ type: "part", ...part }]);
  match.onWorker({ type: "parts", parts: [{ to: 1, ...part }] });
  await settled();
  assert.deepEqual(socket.payload("state_part"), { match_id: "m1", to: 1, ...part });
  assert.deepEqual(runtime.of("part_taken"), [{ type: "part_taken", to: 1, kept: true }]);
});

test("a begin that the server repeats after the connection was down changes nothing", async () => {
  await play();
  match.onBegin({ match_id: "m1", episode: 0, start_in_ms: 1000 });
  assert.equal(runtime.of("begin").length, 1);
});

test("who has left, and who is back, is told in passing for a few seconds", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { match: shown } = page.state;
  match.standing.tellsDepartures = true;
  match.onWorker({ type: "events", events: [{ name: "stalled" }, { name: "dropped", seat: 1, cut: 9, view: 1 }] });
  assert.deepEqual(page.state.match.news, { kind: "dropped", seat: 1 });
  context.mock.timers.tick(2000);
  match.onWorker({ type: "events", events: [{ name: "rejoined", seat: 1, at: 99, view: 2 }] });
  context.mock.timers.tick(4000);
  assert.equal(page.state.match.news.kind, "rejoined", "the line before does not take this one away");
  context.mock.timers.tick(1000);
  assert.equal(page.state.match.news, shown.news);
  assert.deepEqual(match.events, { stalled: 1, dropped: 1, rejoined: 1 });
  context.mock.timers.reset();
});

test("what the worker still says of others when the match is over leaves no timer behind", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  match.standing.tellsDepartures = true;
  match.stop();
  match.onWorker({ type: "events", events: [{ name: "dropped", seat: 1, cut: 9, view: 1 }] });
  page.update({ scene: "end", match: null });
  context.mock.timers.tick(60_000);
  assert.equal(page.state.match, null);
  context.mock.timers.reset();
});

test("a seat that is given up plays no more, and goes on when the server shows its next page", async () => {
  await play();
  match.announcements.countingDown = false;
  match.onMembership({ match_id: "m1", message: { kind: "evicted", view: 1 } });
  assert.equal(page.state.match.overlay.kind, "evicted");
  episodeDone(1);
  window.dispatchEvent(Object.assign(new Event("keydown"), { code: "ArrowUp", key: "ArrowUp" }));
  match.onBegin({ match_id: "m1", episode: 1, start_in_ms: 0 });
  assert.deepEqual([runtime.of("keys"), runtime.of("begin").length], [[], 1]);
  assert.equal(socket.payload("episode_done"), undefined);
  match.onWorker({ type: "chunk", chunk });
  assert.equal(uploads.added.length, 1, "what was recorded is still sent");
  match.onView(view("game", "playing"));
  assert.equal(page.state.scene, "match");
  match.onView(view("end", "ended"));
  match.onWorker({ type: "finished", report: {} });
  await settled();
  uploads.drain();
  await settled();
  assert.deepEqual([socket.names().at(-1), over.length], ["advance", 1]);
});

const evicted = { match_id: "m1", message: { kind: "evicted", view: 1, may_return: true } };

/** What follows when everything is handed over and kept. */
async function kept() {
  match.onWorker({ type: "finished", report: {} });
  await settled();
  uploads.isKept();
  await settled();
}

test("a page that the match goes on without keeps what it has recorded, then loads itself again", async () => {
  await play();
  match.announcements.countingDown = false;
  match.onMembership(evicted);
  match.onMembership(evicted);
  assert.equal(page.state.match.overlay.kind, "coming_back");
  assert.equal(runtime.of("end").length, 1);
  match.onWorker({ type: "chunk", chunk });
  match.onWorker({ type: "finished", report: {} });
  await settled();
  assert.deepEqual([uploads.added.length, reloads], [1, 0], "not before it is kept");
  uploads.isKept();
  await settled();
  assert.deepEqual([reloads, page.state.scene], [1, "match"]);
});

test("after a few times it does not load itself again: a person decides", async () => {
  for (let time = 1; time <= 4; time += 1) {
    match.mesh.close();
    match.stop();
    match = made();
    match.start();
    await play();
    match.onMembership(evicted);
    await kept();
    assert.deepEqual([reloads, page.state.scene], time < 4 ? [time, "match"] : [3, "away"]);
  }
  storage.setItem("kiosk.returns", "m0 3");
  assert.equal(match.options.returns.byItself("m1"), true, "another match counts anew");
});

test("a page whose browser forgets whose it is does not load itself again", async () => {
  storage.forgets = true;
  await play();
  match.announcements.countingDown = false;
  match.onMembership(evicted);
  assert.deepEqual([page.state.match.overlay.kind, runtime.of("end")], ["evicted", []]);
});

test("a match that ends while a page is about to come back is over for it", async () => {
  await play();
  match.onMembership(evicted);
  match.onView(view("end", "ended"));
  await kept();
  uploads.drain();
  await settled();
  assert.deepEqual([reloads, over.length], [0, 1]);
});

test("a page that is given up while it loads comes back when it is loaded, and does not enter before", async () => {
  await reload();
  match.onMembership(evicted);
  await settled();
  assert.deepEqual(runtime.posted, []);
  runtime.onLoaded();
  await settled();
  assert.deepEqual(runtime.posted.map(({ type }) => type), ["end"]);
  await kept();
  assert.equal(reloads, 1);
});

test("who is silent is told at once, not with the next figures only", async () => {
  const told = () => socket.said.filter(([name]) => name === "status").map(([, status]) => status.silent_ms);
  const stats = (silent) => match.onWorker({ type: "stats", frame: 9, stalled: true, silent_ms: silent });
  await play();
  stats({});
  assert.deepEqual(told(), []);
  stats({ 1: 3010 });
  stats({ 1: 3510 });
  stats({});
  assert.deepEqual(told(), [{ 1: 3010 }, {}]);
  stats({ 1: 3010 });
  match.onBegin({ match_id: "m1", episode: 1, start_in_ms: 3000 });
  match.status.send();
  assert.deepEqual(told().at(-1), {}, "a new episode knows nothing of the last one's silence");
});

test("after a commit that ends the match no next episode is announced", async () => {
  await play();
  match.announcements.countingDown = false;
  const message = { kind: "commit", view: 1, epoch: 0, drop: { 1: 30 }, activate: {}, final: 31 };
  match.onMembership({ match_id: "m1", message });
  episodeDone(0);
  assert.equal(page.state.scene, "saving");
});

const rejoin = { commits: [], episode: 0, recorded: { episode: 0, through: 59, seq: 2 } };

async function reload(changes = {}) {
  match.mesh.close();
  match.stop();
  runtime.posted.length = 0;
  match = made({ rejoin, ...changes });
  match.start();
  await settled();
}

test("a page loaded again enters when its game is loaded, without a picture or a countdown", async () => {
  uploads.left = { match_id: "m1", seq: 2, episode: 0, first_frame: 60, last_frame: 89 };
  await reload();
  match.onMembership({ match_id: "m1", message: { kind: "abort", ballot: 1 } });
  match.onRelay({ match_id: "m1", datagrams: [[1, bytes(1)]] });
  assert.deepEqual(runtime.posted, [], "the worker cannot take anything yet");
  uploads.left = null; // the server has it by now
  runtime.onLoaded();
  await settled();
  const kinds = runtime.posted.map(({ type }) => type);
  assert.deepEqual(kinds, ["clock", "match", "path", "membership", "focus", "begin"]);
  assert.deepEqual(runtime.of("match")[0].match.rejoin.recorded, { episode: 0, through: 89, seq: 3 });
  assert.deepEqual(runtime.of("begin"), [{ type: "begin", episode: 0, startInMs: 0, rejoins: true }]);
  assert.equal(page.state.match.overlay.kind, "coming_back");
  match.onStage({});
  await settled();
  assert.deepEqual(socket.payload("connected").connections, { 1: "server" }, "it waits for no channel");
  match.onWorker({ type: "log_wanted", episode: 0 });
  await settled();
  assert.deepEqual(socket.payload("input_log"), { match_id: "m1", episode: 0 });
  assert.equal(runtime.of("join").length, 1);
  match.onWorker({ type: "stats", frame: 400, stalled: false, catching_up: false });
  assert.equal(page.state.match.overlay, null);
});

test("an episode that begins while a page loads again is begun instead of the one before", async () => {
  await reload();
  match.onBegin({ match_id: "m1", episode: 1, start_in_ms: 3000 });
  runtime.onLoaded();
  await settled();
  assert.deepEqual(runtime.of("begin").map(({ episode, rejoins }) => [episode, rejoins]), [[1, undefined]]);
  assert.equal(page.state.match.overlay.kind, "countdown");
});

test("a match that ends while a page loads again is over for it, too", async () => {
  await reload();
  match.onEnded({ match_id: "m1", reason: "PARTNER_LEFT", message: "Gone." });
  runtime.onLoaded();
  await settled();
  assert.deepEqual([runtime.of("match"), page.state.scene], [[], "partner_left"]);
  page.state.match.onContinue();
});

test("who plays with nobody but the computer waits for no partner", async () => {
  await reload({ rejoin: null, seats: ["0", "1"], people: [0] });
  match.onStage({});
  await settled();
  assert.deepEqual(socket.payload("connected"), { match_id: "m1", connections: {}, digest: "d1" });
});
