import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ChunkQueue } from "../../participant_client/upload/chunk_queue.js";
import { ChunkStore } from "../../participant_client/upload/chunk_store.js";
import { RequestRefused, RequestTimeout } from "../../participant_client/wire/socket.js";
import { bytes, FakeClock, settled } from "./doubles.mjs";

let clock, store, sent, answers, acknowledged, queue;

function chunk(seq, match = "m1") {
  const frames = { episode: 0, first_frame: seq * 30, last_frame: seq * 30 + 29 };
  return { participant_id: "p1", match_id: match, seq, ...frames, crc32: 1, data: bytes(seq) };
}

/** A database shared by the pages of one browser. */
function database() {
  const rows = new Map();
  return {
    rows,
    createStore: () => ({}),
    set: async (key, value) => void rows.set(key, value),
    del: async (key) => void rows.delete(key),
    values: async () => [...rows.values()],
  };
}

function build() {
  queue = new ChunkQueue({
    request: (name, payload, timeoutMs) => {
      sent.push([name, payload, timeoutMs]);
      const answer = answers.shift() ?? "ok";
      if (answer === "hold") return new Promise(() => {});
      return answer === "ok" ? Promise.resolve({ ok: true, seq: payload.seq }) : Promise.reject(answer);
    },
    store,
    onAcknowledged: ({ seq }) => acknowledged.push(seq),
    setTimer: clock.setTimer,
  });
}

beforeEach(() => {
  clock = new FakeClock();
  store = new ChunkStore(null);
  [sent, answers, acknowledged] = [[], [], []];
  build();
});

const sentSeqs = () => sent.map(([, payload]) => payload.seq);

test("a page may be loaded again when every chunk is in the browser, or where it keeps none, with the server", async () => {
  let finished = 0;
  const idb = database();
  const written = new Promise((done) => (idb.set = () => new Promise((stored) => done(stored))));
  store = new ChunkStore(idb);
  build();
  answers = ["hold"];
  queue.add(chunk(0));
  queue.kept().then(() => (finished += 1));
  await settled();
  assert.equal(finished, 0);
  (await written)();
  await settled();
  assert.equal(finished, 1);

  store = new ChunkStore(null);
  build();
  answers = [new RequestTimeout("chunk"), "ok"];
  queue.add(chunk(1));
  queue.kept().then(() => (finished += 1));
  await settled();
  assert.equal(finished, 1);
  clock.advance(500);
  await settled();
  assert.equal(finished, 2);
});

test("a chunk is sent as the server declares it, and acknowledged once", async () => {
  queue.add(chunk(0));
  queue.add(chunk(0));
  assert.equal(queue.pending(), 1);
  await settled();
  const fields = ["crc32", "data", "episode", "first_frame", "last_frame", "match_id", "seq"];
  assert.deepEqual(Object.keys(sent[0][1]).sort(), fields);
  assert.deepEqual([sent.length, sent[0][0], sent[0][2]], [1, "chunk", 5000]);
  assert.deepEqual([acknowledged, queue.pending()], [[0], 0]);
});

test("a chunk without an answer is sent again until there is one, ever more slowly", async () => {
  answers = Array.from({ length: 7 }, () => new RequestTimeout("chunk"));
  queue.add(chunk(0));
  for (const delay of [500, 1000, 2000, 4000, 8000, 8000, 8000]) {
    await settled();
    const before = sent.length;
    clock.advance(delay - 1);
    assert.equal(sent.length, before);
    clock.advance(1);
    assert.equal(sent.length, before + 1);
  }
  await settled();
  assert.deepEqual([acknowledged, queue.pending()], [[0], 0]);
});

test("when the connection is back nothing waits for its next attempt", async () => {
  answers = [new RequestTimeout("chunk")];
  queue.add(chunk(0));
  await settled();
  queue.hurry();
  await settled();
  assert.deepEqual(acknowledged, [0]);
  clock.advance(60000);
  assert.equal(sent.length, 2);
});

test("only a few are under way at a time, oldest first", async () => {
  answers = Array.from({ length: 4 }, () => "hold");
  for (let seq = 0; seq < 9; seq += 1) queue.add(chunk(seq));
  await settled();
  assert.deepEqual(sentSeqs(), [0, 1, 2, 3]);
});

test("a busy server is asked again for ever, a refusal that stays is reported and kept", async (context) => {
  context.mock.method(console, "warn", () => {});
  answers = Array.from({ length: 9 }, () => new RequestRefused("chunk", { code: "store_lost" }));
  answers.push(...Array.from({ length: 9 }, () => new RequestRefused("chunk", { code: "not_your_match" })));
  queue.add(chunk(0));
  for (let round = 0; round < 9; round += 1) {
    await settled();
    clock.advance(8000);
  }
  await settled();
  assert.equal(queue.pending(), 1);
  for (let round = 0; round < 4; round += 1) {
    await settled();
    clock.advance(8000);
  }
  await settled();
  assert.deepEqual([queue.pending(), queue.refused.length, sent.length], [0, 1, 13]);
  assert.equal((await store.ofParticipant("p1")).length, 1);
});

test("waiting for the end ends when the last chunk is stored", async () => {
  let done = false;
  answers = [new RequestTimeout("chunk")];
  queue.add(chunk(0));
  queue.drained().then(() => (done = true));
  await settled();
  assert.equal(done, false);
  clock.advance(500);
  await settled();
  assert.equal(done, true);
  await queue.drained();
});

test("waiting can have a limit", async () => {
  let done = false;
  answers = ["hold"];
  queue.add(chunk(0));
  queue.drained(3000).then(() => (done = true));
  clock.advance(3000);
  await settled();
  assert.equal(done, true);
  assert.equal(queue.pending(), 1);
});

test("what an earlier page left is sent by the next one, in order, and only this participant's", async () => {
  const idb = database();
  store = new ChunkStore(idb);
  answers = Array.from({ length: 20 }, () => "hold");
  build();
  for (const seq of [10, 2, 1]) queue.add(chunk(seq));
  queue.add({ ...chunk(5), participant_id: "p2" });
  await settled();
  sent = [];
  answers = [];
  store = new ChunkStore(idb);
  build();
  await queue.resume("p1");
  await settled();
  assert.deepEqual(sentSeqs(), [1, 2, 10]);
  await settled();
  assert.deepEqual([...idb.rows.keys()], ["p2/m1/5"]);
});

test("where the database fails, chunks are kept in memory and still sent", async (context) => {
  context.mock.method(console, "warn", () => {});
  const idb = { ...database(), set: async () => Promise.reject(new Error("the disk is full")) };
  store = new ChunkStore(idb);
  build();
  queue.add(chunk(0));
  await settled();
  assert.deepEqual([acknowledged, store.durable], [[0], false]);
});
