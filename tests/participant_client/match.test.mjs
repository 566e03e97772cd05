import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Match } from "../../participant_client/match.js";
import { Page } from "../../participant_client/page.js";
import { bytes, settled } from "./doubles.mjs";
import { FakeConnection } from "./fake_connection.mjs";
import { FakeRuntime, FakeSocket, FakeUploads, installWindow, matched, view } from "./page_doubles.mjs";

installWindow();

let socket, runtime, uploads, page, match, drawn, over, errors, renderer;

beforeEach(() => {
  socket = new FakeSocket();
  runtime = new FakeRuntime();
  uploads = new FakeUploads();
  page = new Page(() => {});
  [drawn, over, errors] = [[], [], []];
  renderer = { draw: (list, onPainted) => drawn.push([list, onPainted]), destroy: () => (renderer.destroyed = true) };
  socket.answers.advance = { view: view("end", "ended") };
  match = new Match({
    matched: matched(),
    instructions: "",
    socket,
    runtime,
    uploads,
    page,
    clock: () => ({ offsetMs: 5, rttMs: 40 }),
    createRenderer: async () => renderer,
    onOver: (next) => over.push(next),
    onError: (error) => errors.push(error),
  });
  runtime.onMessage = (message) => match.onWorker(message);
  match.start();
});

afterEach(() => {
  match.stop();
  match.recording.onFinished({});
  match.mesh.close();
  assert.deepEqual(errors, []);
});

async function connect(local = "host") {
  const connection = FakeConnection.latest;
  connection.pair(local, "host");
  connection.ice("connected");
  for (const channel of connection.channels) channel.open();
  await settled();
}

async function play() {
  match.onStage({});
  await connect();
  match.onBegin({ match_id: "m1", episode: 0, start_in_ms: 3000 });
}

const episodeDone = (episode) =>
  match.onWorker({ type: "episode_done", episode, frame: 899, state_hash: "aa", inputs_hash: "bb" });
const chunk = (seq) => {
  const frames = { episode: 0, first_frame: seq * 30, last_frame: seq * 30 + 29 };
  return { match_id: "m1", seq, ...frames, crc32: 1, data: bytes(1) };
};

test("the worker learns of the match, the server's clock and the focus before anything else", () => {
  assert.deepEqual(runtime.posted.slice(0, 3).map(({ type }) => type), ["clock", "match", "focus"]);
  assert.equal(page.state.scene, "match");
  assert.equal(page.state.match.overlay.kind, "connecting");
});

test("connected is said when there are both a way to the partner and something to draw on", async () => {
  await connect();
  assert.equal(socket.payload("connected"), undefined);
  match.onStage({});
  await settled();
  assert.deepEqual(socket.payload("connected"), { match_id: "m1", connections: { 1: "direct" }, digest: "d1" });
  assert.deepEqual(runtime.of("path").at(-1).connections, { 1: "direct" });
});

test("a change of the way is told to the server again", async () => {
  await play();
  FakeConnection.latest.ice("failed");
  await settled();
  assert.deepEqual(socket.payload("connected").connections, { 1: "server" });
  assert.equal(match.connectionType, "server");
});

test("the countdown takes off half a round trip, and keys count from then on", async () => {
  await play();
  const { startInMs } = runtime.of("begin")[0];
  assert.equal(startInMs, 2980);
  assert.equal(page.state.match.overlay.kind, "countdown");
  window.dispatchEvent(Object.assign(new Event("keydown"), { code: "ArrowUp", key: "ArrowUp" }));
  assert.deepEqual(runtime.of("keys")[0].pressed, ["ArrowUp"]);
});

test("mouse and gamepad act where the experiment has declared them, in the picture that is drawn", async () => {
  const setup = { ...matched().setup, mouse: { x: 0, buttons: { left: 1 } }, gamepad: { axes: { left_x: 0 } } };
  const pad = { connected: true, mapping: "standard", axes: [1, 0], buttons: [], timestamp: 0 };
  let look;
  window.navigator = { getGamepads: () => [pad] };
  window.requestAnimationFrame = (task) => ((look = task), 1);
  window.cancelAnimationFrame = () => {};
  const controls = new Match({ ...match.options, matched: matched({ setup }) }).controls;
  assert.deepEqual(controls.devices.map((device) => device.constructor.name), ["Keyboard", "Pointer", "Gamepad"]);
  assert.equal(match.controls.devices.length, 1);
  controls.devices[1].picture = () => ({ getBoundingClientRect: () => ({ left: 0, top: 0, width: 100, height: 100 }) });
  controls.start();
  window.dispatchEvent(Object.assign(new Event("mousemove"), { clientX: 25, clientY: 75, buttons: 0 }));
  look();
  controls.stop();
  assert.deepEqual(runtime.of("pointer").map(({ x, y, buttons }) => [x, y, buttons]), [[0.25, 0.75, []]]);
  assert.deepEqual(runtime.of("pad").map(({ axes }) => axes[0]), [1, 0]);
});

test("while the question whether to leave is open the keys belong to it", async () => {
  await play();
  match.holdKeys(true);
  window.dispatchEvent(Object.assign(new Event("keydown"), { code: "ArrowUp", key: "ArrowUp" }));
  assert.deepEqual(runtime.of("keys"), []);
  match.holdKeys(false);
  window.dispatchEvent(Object.assign(new Event("keydown"), { code: "ArrowUp", key: "ArrowUp" }));
  assert.equal(runtime.of("keys").length, 1);
});

test("messages of another match change nothing", async () => {
  match.onBegin({ match_id: "m0", episode: 0, start_in_ms: 0 });
  match.onEnded({ match_id: "m0", reason: "COMPLETED", message: "" });
  match.onPartner({ match_id: "m0", seat: 1, state: "interrupted" });
  match.onRelay({ match_id: "m0", datagrams: [[1, bytes(1)]] });
  assert.deepEqual([runtime.of("begin"), runtime.of("end"), runtime.of("packet")], [[], [], []]);
});

test("a packet reaches the worker whichever way it came", async () => {
  await play();
  FakeConnection.latest.channels[0].onmessage({ data: bytes(1) });
  match.onRelay({ match_id: "m1", datagrams: [[1, bytes(2)], [1, bytes(3)]] });
  const packets = runtime.of("packet").map(({ from, data }) => [from, new Uint8Array(data)[0]]);
  assert.deepEqual(packets, [[1, 1], [1, 2], [1, 3]]);
});

test("a picture that came before there was a place for it is drawn, and its painting is told", async () => {
  match.onWorker({ type: "frame", episode: 0, frame: 0, draw: { items: [] }, seconds_left: 29.2, score: 4 });
  assert.equal(drawn.length, 0);
  match.onStage({});
  await settled();
  drawn[0][1](1234);
  assert.deepEqual(runtime.of("painted"), [{ type: "painted", episode: 0, frame: 0, at: 1234 }]);
  assert.deepEqual([page.state.match.secondsLeft, page.state.match.score], [30, 4]);
});

test("an environment without a picture still shows its figures", async () => {
  match.onStage({});
  await settled();
  match.onWorker({ type: "frame", episode: 0, frame: 3, draw: null, seconds_left: 12, score: 5 });
  assert.deepEqual([drawn.length, page.state.match.score], [0, 5]);
});

test("a partner who has lost the server plays on by the channel; without one, the wait is explained", async () => {
  await play();
  match.announcements.countingDown = false;
  match.page.updateMatch({ overlay: null });
  match.onPartner({ match_id: "m1", seat: 1, state: "interrupted" });
  assert.equal(page.state.match.overlay, null);
  FakeConnection.latest.ice("failed");
  match.onWorker({ type: "stats", frame: 9, stalled: false });
  assert.equal(page.state.match.overlay.kind, "stalled");
  match.onPartner({ match_id: "m1", seat: 1, state: "resumed" });
  assert.equal(page.state.match.overlay, null);
});

test("a partner who is missing in a break is waited for in words", async () => {
  await play();
  match.announcements.countingDown = false;
  episodeDone(0);
  match.onPartner({ match_id: "m1", seat: 1, state: "interrupted" });
  assert.equal(page.state.match.overlay.kind, "stalled");
  match.onPartner({ match_id: "m1", seat: 1, state: "resumed" });
  assert.equal(page.state.match.overlay.kind, "break");
});

test("a stall is shown when it lasts, and not before", async (context) => {
  await play();
  match.announcements.countingDown = false;
  match.page.updateMatch({ overlay: null });
  let now = performance.now();
  context.mock.method(performance, "now", () => now);
  match.onWorker({ type: "stats", frame: 9, stalled: true });
  assert.equal(page.state.match.overlay, null);
  now += 500;
  match.onWorker({ type: "stats", frame: 9, stalled: true });
  assert.equal(page.state.match.overlay.kind, "stalled");
  match.onWorker({ type: "stats", frame: 10, stalled: false });
  assert.equal(page.state.match.overlay, null);
});

test("after an episode there is a break, after the last one saving", async () => {
  await play();
  match.announcements.countingDown = false;
  episodeDone(0);
  assert.deepEqual([page.state.scene, page.state.match.overlay.kind], ["break", "break"]);
  assert.deepEqual(socket.payload("episode_done"), {
    match_id: "m1", episode: 0, frame: 899, state_hash: "aa", inputs_hash: "bb",
  });
  match.onBegin({ match_id: "m1", episode: 1, start_in_ms: 3000 });
  assert.deepEqual([page.state.scene, page.state.match.episode], ["match", 2]);
  episodeDone(1);
  assert.equal(page.state.scene, "saving");
});

test("that an episode is finished stays readable until the countdown", async (context) => {
  await play();
  match.announcements.countingDown = false;
  episodeDone(0);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  match.onBegin({ match_id: "m1", episode: 1, start_in_ms: 3520 });
  context.mock.timers.tick(499);
  assert.deepEqual([page.state.scene, page.state.match.overlay.kind, page.state.match.episode], ["break", "break", 1]);
  context.mock.timers.tick(1);
  const { scene, match: shown } = page.state;
  assert.deepEqual([scene, shown.overlay.kind, shown.episode], ["match", "countdown", 2]);
  context.mock.timers.tick(3000);
  assert.equal(page.state.match.overlay, null);
  context.mock.timers.reset();
});

test("a partner who closes the channel after the last frame does not change how the match was played", async () => {
  await play();
  episodeDone(1);
  FakeConnection.latest.channels[0].end();
  await settled();
  assert.equal(match.connectionType, "direct");
  assert.equal(socket.said.filter(([name]) => name === "connected").length, 1);
});

test("frames are counted as recorded when they are handed over, and as acknowledged when they are stored", () => {
  match.onWorker({ type: "chunk", chunk: chunk(0) });
  match.onWorker({ type: "chunk", chunk: chunk(1) });
  assert.equal(uploads.added[0].participant_id, "p1");
  match.onAcknowledged(chunk(0));
  match.onAcknowledged({ ...chunk(1), match_id: "an earlier one" });
  assert.deepEqual([match.recordedFrames, match.recording.acknowledgedFrames], [60, 30]);
});

test("a match is over for the page when all is saved, reported and answered, in this order", async () => {
  await play();
  match.onEnded({ match_id: "m1", reason: "COMPLETED", message: "" });
  assert.deepEqual([runtime.of("end").length, page.state.scene, renderer.destroyed], [1, "saving", true]);
  await settled();
  assert.equal(socket.payload("match_report"), undefined);
  match.onWorker({ type: "finished", report: { frames: 1800 } });
  await settled();
  assert.equal(socket.payload("match_report"), undefined);
  uploads.drain();
  await settled();
  assert.deepEqual(socket.names().slice(-2), ["match_report", "advance"]);
  assert.deepEqual(socket.payload("match_report"), { match_id: "m1", report: { frames: 1800 } });
  assert.equal(over[0].scene.type, "end");
});

test("when the partner has left, the participant reads so first, and saving does not wait for it", async () => {
  await play();
  match.onEnded({ match_id: "m1", reason: "PARTNER_LEFT", message: "Gone." });
  assert.deepEqual([page.state.scene, page.state.match.ending.message], ["partner_left", "Gone."]);
  match.onWorker({ type: "finished", report: {} });
  await settled();
  uploads.drain();
  await settled();
  assert.deepEqual(socket.names().slice(-1), ["match_report"]);
  match.onContinue();
  await settled();
  assert.deepEqual([socket.names().at(-1), over.length], ["advance", 1]);
});

test("an error of the worker is told", () => {
  match.onWorker({ type: "error", message: "KeyError: 3" });
  assert.equal(errors.splice(0)[0].message, "KeyError: 3");
});

test("a page that is hidden says so, and the worker's turns do not depend on it", async () => {
  await play();
  window.document.visibilityState = "hidden";
  window.document.dispatchEvent(new Event("visibilitychange"));
  window.document.visibilityState = "visible";
  window.document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(runtime.of("focus").map(({ focused }) => focused), [true, false, true]);
  assert.deepEqual([runtime.of("begin").length, runtime.of("end").length], [1, 0]);
});

test("a fault of the environment is told to the server, its traceback not to the participant", async (context) => {
  context.mock.method(console, "error", () => {});
  await play();
  const failure = { episode: 0, frame: 31, message: "E".repeat(900), traceback: "Traceback" };
  match.onWorker({ type: "failure", ...failure });
  await settled();
  assert.deepEqual(socket.payload("match_failed"), { match_id: "m1", ...failure, message: "E".repeat(500) });
  assert.ok(!JSON.stringify(page.state).includes("Traceback"));
  match.onEnded({ match_id: "m1", reason: "TECH_PROBLEM", message: "The game had a fault." });
  assert.deepEqual([page.state.scene, page.state.match.ending.message], ["partner_left", "The game had a fault."]);
});
