/**
 * The worker: Pyodide, the engine and the pace of the match.
 *
 * Everything that takes time runs here, away from the page. The page sends what happened (keys, packets, focus), the
 * engine decides, and this file carries out: post pictures, packets and record chunks. Timers of a dedicated worker
 * are not throttled in a hidden tab, hence the pace is kept here.
 *
 * @module
 */

import { bootRuntime } from "./boot.js";
import { Pace } from "./pace.js";

/** Figures go to the page twice a second: often enough to read, too rarely to cost anything. */
const STATS_INTERVAL_MS = 500;

/** Milliseconds since the epoch that never jump: the page stamps keys and paints on the same scale. */
const now = () => performance.timeOrigin + performance.now();

/** @type {any} The Python `BrowserMatch`, once the runtime is up. */
let engine = null;
/** @type {any} */
let pyodide = null;
let matchId = "";
let statsDue = 0;
let stalled = false;
/** @type {number[]} */
let waitingFor = [];
/** @type {{clock: number | null, connections: Object<string, string> | null, focused: boolean}} What the page told before the match. */
const early = { clock: null, connections: null, focused: true };
const pace = new Pace(now, tick);

/** @param {Record<string, any>} message @param {Transferable[]} [transfer] */
function post(message, transfer = []) {
  self.postMessage(message, { transfer });
}

/** Takes bytes that Python made out of the runtime's memory. @param {any} view @returns {ArrayBuffer} */
function ownBuffer(view) {
  return view.slice().buffer;
}

const handlers = {
  /** Boots the runtime and makes the environment while the participant reads. @param {any} message */
  async load({ runtime, setup }) {
    const began = performance.now();
    try {
      pyodide ??= await bootRuntime(runtime, {
        onProgress: (/** @type {number} */ fraction, /** @type {string} */ label) =>
          post({ type: "progress", fraction: fraction * 0.9, label }),
      });
      post({ type: "progress", fraction: 0.92, label: "Preparing the game" });
      if (!engine) {
        const module = pyodide.pyimport("app.engine.browser");
        engine = module.BrowserMatch(() => performance.now());
        module.destroy();
      }
      engine.load(JSON.stringify(setup));
      post({ type: "progress", fraction: 1, label: "Ready" });
      post({ type: "loaded", environment_hash: runtime.environment_hash, ready_ms: performance.now() - began });
    } catch (error) {
      post({ type: "load_failed", message: String(error) });
    }
  },

  /** @param {any} message */
  match({ match }) {
    pace.stop();
    matchId = match.match_id;
    engine.start(JSON.stringify(match), now());
    pace.setFps(match.setup.fps);
    if (early.clock !== null) handlers.clock({ offsetMs: early.clock });
    if (early.connections) engine.connections(JSON.stringify(early.connections));
    engine.focus(early.focused, now());
  },

  /** Resets for an episode at once, so that the picture stands behind the countdown, and starts when it has passed. @param {any} message */
  begin({ episode, startInMs }) {
    const startsAt = now() + startInMs;
    pace.stop();
    const frame = JSON.parse(engine.begin(episode));
    stalled = false;
    waitingFor = [];
    post({ type: "frame", ...frame, draw: engine.take_picture() ?? null });
    pace.start(startsAt);
  },

  /** @param {any} message */
  keys({ pressed, at }) {
    if (matchId) engine.keys(JSON.stringify(pressed), at);
  },

  /** @param {any} message */
  focus({ focused }) {
    early.focused = focused;
    if (matchId) engine.focus(focused, now());
  },

  /** `at`: when the page got it; it may have waited for a turn to end. @param {any} message */
  packet({ data, at }) {
    if (pace.running) carryOut(JSON.parse(engine.receive(at, new Uint8Array(data))));
  },

  /** @param {any} message */
  path({ connections }) {
    early.connections = connections;
    if (matchId) engine.connections(JSON.stringify(connections));
  },

  /** @param {any} message */
  painted({ episode, frame, at }) {
    if (matchId) engine.painted(episode, frame, at);
  },

  /** `offsetMs` is against the wall clock, the engine's times against one that never jumps. @param {any} message */
  clock({ offsetMs }) {
    early.clock = offsetMs;
    if (matchId) engine.clock(offsetMs + Date.now() - now());
  },

  end() {
    pace.stop();
    if (!matchId) {
      post({ type: "finished", report: null });
      return;
    }
    const report = JSON.parse(engine.finish());
    postChunks();
    postStats();
    matchId = "";
    post({ type: "finished", report });
  },
};

/** One turn of the engine; returns the speed to run at. @returns {number} */
function tick() {
  const result = JSON.parse(engine.tick(now()));
  if (result.frame !== undefined) {
    const { episode, frame, seconds_left, score } = result;
    post({ type: "frame", episode, frame, draw: engine.take_picture() ?? null, seconds_left, score });
  }
  stalled = result.stalled;
  waitingFor = result.waiting_for;
  carryOut(result);
  if (now() >= statsDue) {
    statsDue = now() + STATS_INTERVAL_MS;
    postStats();
  }
  return result.rate;
}

/** Posts what a turn of the engine asks for. @param {any} result */
function carryOut(result) {
  if (result.packets) postPackets();
  if (result.chunks) postChunks();
  for (const desync of result.desyncs) post({ type: "desync", ...desync });
  if (result.finished_episode) {
    postStats();
    post({ type: "episode_done", ...result.finished_episode });
  }
  if (result.error) {
    pace.stop();
    post({ type: "error", message: result.error });
  }
}

function postPackets() {
  const proxy = engine.take_packets();
  const packets = proxy.toJs();
  proxy.destroy();
  /** @type {{to: number, data: ArrayBuffer}[]} */
  const fast = [];
  /** @type {{to: number, data: ArrayBuffer}[]} */
  const reliable = [];
  for (const [to, isReliable, bytes] of packets) {
    (isReliable ? reliable : fast).push({ to, data: ownBuffer(bytes) });
  }
  if (fast.length) post({ type: "packets", packets: fast }, fast.map((packet) => packet.data));
  if (reliable.length) post({ type: "control", messages: reliable }, reliable.map((packet) => packet.data));
}

function postChunks() {
  const proxy = engine.take_chunks();
  const chunks = proxy.toJs({ dict_converter: Object.fromEntries });
  proxy.destroy();
  for (const chunk of chunks) {
    const data = ownBuffer(chunk.data);
    post({ type: "chunk", chunk: { ...chunk, match_id: matchId, data } }, [data]);
  }
}

function postStats() {
  post({ type: "stats", ...JSON.parse(engine.status(now())), stalled, waiting_for: waitingFor });
}

self.onmessage = async ({ data: message }) => {
  try {
    await handlers[/** @type {keyof typeof handlers} */ (message.type)](message);
  } catch (error) {
    pace.stop();
    post({ type: "error", message: String(error) });
  }
};
