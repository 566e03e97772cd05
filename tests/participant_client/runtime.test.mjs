import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fetchStudy, Runtime } from "../../participant_client/runtime.js";
import { FakeClock, settled } from "./doubles.mjs";

let clock, workers, studies, runtime, seen;

beforeEach(() => {
  clock = new FakeClock();
  [workers, seen] = [[], []];
  studies = [{ runtime: { pyodide: "/runtime/a/" }, preload: { fps: 30 } }];
  runtime = new Runtime({
    createWorker: () => {
      const worker = { posted: [], postMessage: (m) => worker.posted.push(m), terminate: () => (worker.gone = true) };
      workers.push(worker);
      return worker;
    },
    fetchStudy: async () => {
      const study = studies.shift();
      if (study instanceof Error) throw study;
      return study;
    },
    ...clock,
  });
  runtime.onLoading = ({ state, fraction }) => seen.push([state, fraction]);
});

const say = (message, worker = workers.at(-1)) => worker.onmessage({ data: message });

test("the worker is told what to load as soon as the study is known", async () => {
  runtime.start();
  await settled();
  assert.deepEqual(workers[0].posted, [{ type: "load", runtime: { pyodide: "/runtime/a/" }, setup: { fps: 30 } }]);
});

test("progress never goes back, and ready is counted from the opening of the page", async () => {
  runtime.start();
  say({ type: "progress", fraction: 0.5, label: "Python" });
  say({ type: "progress", fraction: 0.3, label: "Packages" });
  clock.advance(1234.4);
  say({ type: "loaded", environment_hash: "ab", ready_ms: 1 });
  assert.deepEqual(seen, [["loading", 0], ["loading", 0.5], ["loading", 0.5], ["loaded", 1]]);
  assert.deepEqual([runtime.readyMs, runtime.environmentHash], [1234, "ab"]);
  clock.advance(1e6);
  assert.equal(runtime.loading.state, "loaded");
});

test("a failure is told, and another try uses a new worker", async () => {
  runtime.start();
  say({ type: "load_failed", message: "packages.tar: status 500" });
  assert.deepEqual([runtime.loading.state, runtime.loading.message], ["failed", "packages.tar: status 500"]);
  studies.push({ runtime: {}, preload: {} });
  runtime.start();
  assert.deepEqual([workers[0].gone, workers.length, runtime.loading.state], [true, 2, "loading"]);
});

test("a server that cannot be reached and a program that does not start are failures, too", async () => {
  studies = [new Error("the server cannot be reached")];
  runtime.start();
  await settled();
  assert.equal(runtime.loading.message, "the server cannot be reached");
  studies = [{}];
  runtime.start();
  workers.at(-1).onerror({ message: "boot.js was not found" });
  assert.match(runtime.loading.message, /boot\.js was not found/);
});

test("a minute without progress is a failure", () => {
  runtime.start();
  clock.advance(59999);
  say({ type: "progress", fraction: 0.1, label: "" });
  clock.advance(59999);
  assert.equal(runtime.loading.state, "loading");
  clock.advance(1);
  assert.equal(runtime.loading.state, "failed");
});

test("other messages go to who listens, and so does a worker that dies later", () => {
  const heard = [];
  runtime.onMessage = (message) => heard.push(message.type);
  runtime.start();
  say({ type: "loaded", environment_hash: "", ready_ms: 1 });
  say({ type: "frame" });
  workers[0].onerror({ message: "out of memory" });
  assert.deepEqual(heard, ["frame", "error"]);
});

test("an answer that is no study is an error with its status, and so is none", async () => {
  await assert.rejects(fetchStudy(async () => ({ ok: false, status: 503 })), /503/);
  const silent = fetchStudy(async () => {
    throw new TypeError("Failed to fetch");
  });
  await assert.rejects(silent, /server cannot be reached/);
});

test("a study without a game loads nothing, and waits for nothing", async () => {
  studies = [{ runtime: {}, preload: null }];
  runtime.start();
  await settled();
  clock.advance(1e6);
  assert.deepEqual([runtime.loading.state, workers[0].gone, workers[0].posted], ["none", true, []]);
});
