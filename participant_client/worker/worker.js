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
/** A turn of a seat that comes back and takes so long has used up its time: there is more to step at once. */
const FULL_TURN_MS = 8;

/** Milliseconds since the epoch that never jump: the page stamps keys and paints on the same scale. */
const now = () => performance.timeOrigin + performance.now();

/** @type {any} The Python `BrowserMatch`, once the runtime is up. */
let engine = null;
/** @type {any} */
let pyodide = null;
let matchId = "";
let statsDue = 0;
/** The episode that has begun, -1 before the first. */
let episode = -1;
/**
 * How the play stood after the last turn.
 *
 * @type {{stalled: boolean, waiting_for: number[], paused: boolean, catching_up: boolean}}
 */
let standing = { stalled: false, waiting_for: [], paused: false, catching_up: false };
/** Whether the page was asked for the server's input log and has not brought it yet. */
let logWanted = false;
let environmentHash = "";
/** @type {{clock: number | null, connections: Object<string, string> | null, focused: boolean}} What the page told before the match. */
const early = { clock: null, connections: null, focused: true };
const pace = new Pace(now, () => {
  try {
    return tick();
  } catch (error) {
    pace.stop();
    post({ type: "error", message: lastLine(error) });
    return 1;
  }
});

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
      post({ type: "progress", fraction: 0.92, label: "loading.game" });
      if (!engine) {
        const module = pyodide.pyimport("app.engine.browser");
        engine = module.BrowserMatch(() => performance.now());
        module.destroy();
      }
      engine.load(JSON.stringify(setup));
      environmentHash = runtime.environment_hash;
      post({ type: "progress", fraction: 1, label: "loading.ready" });
      post({ type: "loaded", environment_hash: runtime.environment_hash, ready_ms: performance.now() - began });
    } catch (error) {
      post({ type: "load_failed", message: String(error) });
    }
  },

  /** @param {any} message */
  match({ match }) {
    pace.stop();
    matchId = match.match_id;
    episode = -1;
    engine.start(JSON.stringify(match), now());
    post({ type: "started", digest: engine.digest(environmentHash) });
    pace.setFps(match.setup.fps);
    if (early.clock !== null) handlers.clock({ offsetMs: early.clock });
    if (early.connections) engine.connections(JSON.stringify(early.connections));
    engine.focus(early.focused, now());
  },

  /**
   * Resets for an episode at once, so that the picture stands behind the countdown, and starts when it has passed. Who
   * comes back to an episode (`rejoins`) sees no picture before they take part.
   *
   * @param {any} message
   */
  begin({ episode: next, startInMs, rejoins = false }) {
    const startsAt = now() + startInMs;
    pace.stop();
    const { failure, ...frame } = JSON.parse(engine.begin(next));
    if (failure) {
      post({ type: "failure", ...failure });
      return;
    }
    episode = next;
    standing = { stalled: false, waiting_for: [], paused: false, catching_up: rejoins };
    logWanted = false;
    if (!rejoins) post({ type: "frame", ...frame, draw: engine.take_picture() ?? null });
    pace.start(startsAt);
  },

  /** The server's input log of the episode we come back to. @param {any} message */
  join({ log }) {
    if (log.episode !== episode) return;
    engine.join(JSON.stringify(log));
    logWanted = false;
  },

  /** What the server says about who takes part. @param {any} message */
  membership({ message }) {
    if (matchId) carryOut(JSON.parse(engine.control(now(), JSON.stringify(message))));
  },

  /** A part of another seat's state for us, who come back. @param {any} message */
  part({ epoch, frame, index, data }) {
    if (matchId) engine.part(now(), epoch, frame, index, new Uint8Array(data));
  },

  /** The server's answer to a part that we have sent. @param {any} message */
  part_taken({ to, kept }) {
    if (matchId) engine.part_taken(to, kept);
  },

  /** @param {any} message */
  keys({ pressed, at }) {
    if (matchId) engine.keys(JSON.stringify(pressed), at);
  },

  /** @param {any} message */
  pointer({ x, y, buttons, at }) {
    if (matchId) engine.pointer(JSON.stringify({ x, y, buttons }), at);
  },

  /** @param {any} message */
  pad({ axes, buttons, at }) {
    if (matchId) engine.pad(JSON.stringify({ axes, buttons }), at);
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
    if (episode >= 0) postStats();
    matchId = "";
    post({ type: "finished", report });
  },
};

/** One turn of the engine; returns the speed to run at. @returns {number} */
function tick() {
  const began = now();
  const result = JSON.parse(engine.tick(began));
  if (result.frame !== undefined) {
    const { frame, seconds_left, score } = result;
    post({ type: "frame", episode, frame, draw: engine.take_picture() ?? null, seconds_left, score });
  }
  const { stalled, waiting_for, paused, catching_up } = result;
  // The page says at once that it waits for the researcher, or no longer; that it waits for a partner, a little later.
  if (paused !== standing.paused || catching_up !== standing.catching_up) statsDue = 0;
  standing = { stalled, waiting_for, paused, catching_up };
  if (result.needs_log && !logWanted) {
    logWanted = true;
    post({ type: "log_wanted", episode });
  }
  carryOut(result);
  if (now() >= statsDue) {
    statsDue = now() + STATS_INTERVAL_MS;
    postStats();
  }
  return catching_up && now() - began >= FULL_TURN_MS ? Infinity : result.rate;
}

/** Posts what a turn of the engine asks for. @param {any} result */
function carryOut(result) {
  if (result.packets) postPackets();
  for (const message of result.server) post({ type: "membership", message });
  if (result.parts) postParts(); // behind the message that announces them
  if (result.chunks) postChunks();
  if (result.events.length) post({ type: "events", events: result.events });
  for (const desync of result.desyncs) post({ type: "desync", episode, ...desync });
  if (result.finished_episode) {
    postStats();
    post({ type: "episode_done", ...result.finished_episode });
  }
  // Turns go on: nothing is stepped any more, but the partners need our acknowledgements to record what came before.
  if (result.failure) post({ type: "failure", ...result.failure });
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

function postParts() {
  const proxy = engine.take_parts();
  const parts = proxy.toJs();
  proxy.destroy();
  for (const [to, epoch, frame, index, bytes] of parts) {
    const data = ownBuffer(bytes);
    post({ type: "parts", parts: [{ to, epoch, frame, index, data }] }, [data]);
  }
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
  post({ type: "stats", ...JSON.parse(engine.status(now())), ...standing });
}

/** Python's errors come with their traceback; a participant is shown no more than its last line. @param {any} error */
function lastLine(error) {
  console.error(error);
  return String(error).trim().split("\n").at(-1);
}

self.onmessage = async ({ data: message }) => {
  try {
    await handlers[/** @type {keyof typeof handlers} */ (message.type)](message);
  } catch (error) {
    pace.stop();
    post({ type: "error", message: lastLine(error) });
  }
};
