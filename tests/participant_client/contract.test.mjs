// The golden messages that the server's tests read, too: the page understands all the server sends, and sends nothing
// that looks different from what the server takes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Flow } from "../../participant_client/flow.js";
import { Page } from "../../participant_client/page.js";
import { ChunkQueue } from "../../participant_client/upload/chunk_queue.js";
import { ChunkStore } from "../../participant_client/upload/chunk_store.js";
import { estimateClock } from "../../participant_client/wire/clock.js";
import { entryOf } from "../../participant_client/wire/entry.js";
import { bytes, settled } from "./doubles.mjs";
import { FakeConnection } from "./fake_connection.mjs";
import { FakeForm, FakeRuntime, FakeSocket, flowParts, installWindow } from "./page_doubles.mjs";

const golden = (name) => JSON.parse(readFileSync(new URL(`../contract/${name}.json`, import.meta.url))).messages;
const fromPage = golden("from_page");
const toPage = golden("to_page");

/** Golden values with their binary data as it comes from the socket. */
function revived(value) {
  if (Array.isArray(value)) return value.map(revived);
  if (value === null || typeof value !== "object") return value;
  if ("$base64" in value) return new Uint8Array(Buffer.from(value.$base64, "base64")).buffer;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revived(member)]));
}

/** What a message looks like: its members and their kinds; where data names the members, only the whole counts. */
function shape(value, name = "") {
  if (value instanceof ArrayBuffer) return "bytes";
  if (value === null || typeof value !== "object") return typeof value;
  if (["connections", "report", "receipts", "inputs"].includes(name)) return name;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, shape(value[key], key)]));
}

/**
 * Play a match with the golden messages of the server and return the socket that heard all that was said. The golden
 * `matched` is that of a page which was loaded again.
 */
async function playGolden({ rejoins = false } = {}) {
  installWindow();
  const socket = new FakeSocket();
  const runtime = new FakeRuntime();
  const page = new Page(() => {});
  for (const [name, { answer }] of Object.entries(fromPage)) if (answer) socket.answers[name] = answer;
  const uploads = new ChunkQueue({
    request: (...values) => socket.request(...values),
    store: new ChunkStore(null),
    onAcknowledged: (chunk) => flow.match.onAcknowledged(chunk),
  });
  const flow = new Flow({
    page,
    socket,
    runtime,
    uploads,
    clock: () => ({ offsetMs: 0, rttMs: 0 }),
    loadRenderer: async () => ({ createRenderer: async () => ({ draw() {}, destroy() {} }) }),
    ...flowParts(),
    entry: entryOf("?PROLIFIC_PID=5f3c1a9b7d3e5f60&seat=PC07"),
  });
  const hear = (name, changes = {}) => socket.handlers[name]({ ...revived(toPage[name]), ...changes });
  flow.listen();
  runtime.finishLoading();
  await estimateClock((name) => socket.request(name), { pause: async () => {} });
  await flow.goOn();
  hear("view", fromPage.hand.answer.view);
  await flow.raiseHand(true);
  hear("view", { ...fromPage.hand.answer.view, scene: { ...fromPage.hand.answer.view.scene, type: "consent" } });
  await flow.consent(true);
  hear("view", fromPage.answer.answer.view);
  await flow.questions.open({ onChange: () => {} });
  await FakeForm.latest.fill(fromPage.answer.payload.answers, fromPage.answer.payload.questions);
  await settled();
  hear("view");
  hear("matched", rejoins ? {} : { rejoin: null });
  flow.match.onStage({});
  await settled();
  const connection = FakeConnection.latest;
  connection.pair("host", "host");
  connection.ice("connected");
  hear("signal");
  for (const channel of connection.channels) channel.open();
  await settled();
  hear("begin");
  hear("membership");
  runtime.onMessage({ type: "membership", message: fromPage.membership.payload.message });
  hear("state_part");
  const { match_id: _of, ...part } = revived(fromPage.state_part.payload);
  runtime.onMessage({ type: "parts", parts: [part] });
  runtime.onMessage({ type: "log_wanted", episode: fromPage.input_log.payload.episode });
  const { match_id: _match, ...failure } = fromPage.match_failed.payload;
  runtime.onMessage({ type: "failure", ...failure });
  hear("relay");
  hear("partner");
  runtime.onMessage({ type: "stats", ...fromPage.status.payload, stalled: false, recorded_frames: 1 });
  flow.match.status.send();
  connection.ice("failed");
  await settled();
  runtime.onMessage({ type: "packets", packets: [{ to: 1, data: bytes(1, 2, 3, 4) }] });
  await settled();
  const { match_id: _, ...done } = fromPage.episode_done.payload;
  runtime.onMessage({ type: "chunk", chunk: revived(fromPage.chunk.payload) });
  runtime.onMessage({ type: "episode_done", ...done });
  flow.onPageHide();
  hear("match_ended");
  runtime.onMessage({ type: "finished", report: fromPage.match_report.payload.report });
  await settled();
  await settled();
  const scene = page.state.scene;
  flow.match.onContinue();
  await settled();
  return { socket, runtime, scene, end: page.state };
}

test("every message the page sends is one that the server takes", async () => {
  const { socket } = await playGolden();
  const said = new Map(socket.said);
  for (const [name, { payload }] of Object.entries(fromPage)) {
    assert.ok(said.has(name), `the page has not sent ${name}`);
    for (const [each, sent] of socket.said) {
      if (each !== name || sent.data?.candidate) continue;
      assert.deepEqual(shape(sent), shape(revived(payload)), name);
    }
  }
  assert.deepEqual([...said.keys()].filter((name) => !(name in fromPage)), []);
});

test("every message of the server has its effect", async () => {
  const { runtime, scene, end } = await playGolden();
  assert.deepEqual(runtime.of("match")[0].match, { ...toPage.matched, rejoin: null });
  assert.equal(runtime.of("begin")[0].startInMs, toPage.begin.start_in_ms);
  assert.deepEqual(runtime.of("membership")[0].message, toPage.membership.message);
  const { ok: _, ...log } = fromPage.input_log.answer;
  assert.deepEqual(runtime.of("join")[0].log, log);
  assert.deepEqual([...new Uint8Array(runtime.of("packet")[0].data)], [1, 2, 3, 4]);
  const { match_id: _from, ...part } = revived(toPage.state_part);
  assert.deepEqual(runtime.of("part"), [{ type: "part", ...part }]);
  assert.equal(scene, "partner_left");
  assert.deepEqual([end.scene, end.view.end.code], ["end", fromPage.advance.answer.view.end.code]);
});

test("a page that was loaded again is told everything, and begins where the server says", async () => {
  const { runtime } = await playGolden({ rejoins: true });
  assert.deepEqual(runtime.of("match")[0].match, toPage.matched);
  const begins = runtime.of("begin").map(({ episode, startInMs, rejoins }) => [episode, startInMs, rejoins]);
  assert.deepEqual(begins, [[toPage.matched.rejoin.episode, 0, true]]);
});
