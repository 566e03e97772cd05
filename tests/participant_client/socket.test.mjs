import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { toArrayBuffer } from "../../participant_client/wire/binary.js";
import { estimateClock } from "../../participant_client/wire/clock.js";
import { RequestRefused, RequestTimeout, StudySocket } from "../../participant_client/wire/socket.js";
import { tabStorage } from "../../participant_client/wire/tab_storage.js";
import { FakeStorage } from "./doubles.mjs";

let fake, socket, settings, pauses;

beforeEach(() => {
  pauses = [];
  fake = {
    connected: true,
    emitted: [],
    answers: [],
    timeout: () => ({
      emitWithAck: async (name, payload) => {
        fake.emitted.push([name, payload]);
        const answer = fake.answers.shift() ?? { ok: true };
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }),
    emit: (name, payload) => fake.emitted.push([name, payload]),
  };
  const io = (options) => {
    settings = options;
    return fake;
  };
  socket = new StudySocket({ io, storage: new FakeStorage(), pause: async (ms) => void pauses.push(ms) });
});

function auth() {
  let told;
  settings.auth((value) => (told = value));
  return told;
}

test("a page says who it is: its token once it has one, and its own name", () => {
  assert.equal(auth().token, null);
  socket.identify("secret", "p1");
  assert.equal(auth().token, "secret");
  assert.match(auth().page, /^[0-9]+-[0-9]+$/);
  assert.equal(socket.participantId, "p1");
  socket.forget();
  assert.deepEqual([auth().token, socket.participantId], [null, null]);
});

test("a refusal carries the server's code and words", async () => {
  fake.answers = [{ ok: false, error: { code: "closed", message: "the study is closed." } }];
  await assert.rejects(socket.request("start"), (error) => {
    assert.ok(error instanceof RequestRefused);
    assert.deepEqual([error.code, error.message], ["closed", "the study is closed."]);
    return true;
  });
});

test("no answer in time is not a refusal", async () => {
  fake.answers = [new Error("operation has timed out")];
  await assert.rejects(socket.request("start"), RequestTimeout);
});

test("insisting asks again after a pause until there is an answer", async () => {
  fake.answers = [...Array.from({ length: 6 }, () => new Error("timeout")), { ok: true, value: 7 }];
  assert.equal((await socket.insist("ready", { scene_id: "game" })).value, 7);
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 8000]);
});

test("insisting stops at a refusal, and when the answer is no longer wanted", async () => {
  fake.answers = [{ ok: false, error: { code: "no" } }];
  await assert.rejects(socket.insist("ready"), RequestRefused);
  fake.answers = [new Error("timeout")];
  let wanted = 1;
  assert.equal(await socket.insist("ready", {}, () => wanted-- > 0), undefined);
});

test("a message is dropped while the connection is down, unless it must be kept", () => {
  fake.connected = false;
  socket.send("relay", { n: 1 });
  socket.send("relay", { n: 2 }, { keep: true });
  assert.deepEqual(fake.emitted, [["relay", { n: 2 }]]);
});

test("the quickest of several round trips decides about the clock", async () => {
  const trips = [80, 20, 300, 60, 40];
  let here = 1000;
  const server = () => here + 5000;
  const request = async () => {
    const rtt = trips.shift();
    // The way there takes all of the time: the worst case for an estimate from the middle.
    here += rtt;
    return { server_time_ms: server() };
  };
  const clock = { now: () => here, monotonic: () => here, pause: async () => {} };
  const { offsetMs, rttMs } = await estimateClock(request, clock);
  assert.equal(rttMs, 20);
  assert.equal(offsetMs, 5010);
});

test("bytes of any kind become exactly these bytes", () => {
  const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  assert.deepEqual([...new Uint8Array(toArrayBuffer(view))], [2, 3]);
  const whole = new ArrayBuffer(4);
  assert.equal(toArrayBuffer(whole), whole);
  assert.equal(toArrayBuffer(new Uint8Array(whole)), whole);
  assert.throws(() => toArrayBuffer({ 0: 1, length: 1 }), TypeError);
});

test("where the browser forbids session storage, the tab remembers until it is reloaded", (context) => {
  context.mock.method(console, "warn", () => {});
  const forbid = () => {
    throw new Error("the user has forbidden it");
  };
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get: forbid });
  const storage = tabStorage();
  delete globalThis.sessionStorage;
  storage.setItem("a", "1");
  assert.equal(storage.getItem("a"), "1");
  storage.removeItem("a");
  assert.equal(storage.getItem("a"), null);
});
