/**
 * The worker in which Python runs, as the page sees it: how far it has loaded, messages to it and from it.
 */

import { say } from "./screens/words.js";

/** The longest time without any sign of progress before loading counts as failed. */
const LOAD_SILENCE_MS = 60000;

/**
 * @typedef {{state: "loading" | "loaded" | "failed" | "none", fraction: number, label: string, message: string}} Loading
 * `label` is the key of a text, `message` what has failed. "none": the study has no game, so there is nothing to load.
 */

export class Runtime {
  /**
   * @param {object} options
   * @param {() => Worker} options.createWorker
   * @param {() => Promise<any>} options.fetchStudy What to load: the answer of `/api/study`.
   * @param {() => number} [options.now] Milliseconds since the page was opened.
   * @param {(task: () => void, delayMs: number) => any} [options.setTimer]
   * @param {(timer: any) => void} [options.clearTimer]
   */
  constructor({ createWorker, fetchStudy, now = () => performance.now(), setTimer, clearTimer }) {
    this.createWorker = createWorker;
    this.fetchStudy = fetchStudy;
    this.now = now;
    this.setTimer = setTimer ?? ((task, ms) => setTimeout(task, ms));
    this.clearTimer = clearTimer ?? ((timer) => clearTimeout(timer));
    /** @type {Loading} */
    this.loading = { state: "loading", fraction: 0, label: "loading.getting_ready", message: "" };
    this.environmentHash = null;
    /** @type {number | null} Page opened to environment ready, milliseconds. */
    this.readyMs = null;
    this.watchdog = null;
    /** @type {Promise<void>} Fulfilled when the environment is ready, after however many attempts. */
    this.loaded = new Promise((done) => (this.onLoaded = done));
    this.onLoading = () => {};
    this.onMessage = () => {};
  }

  /** Begin to load, or begin again after a failure. */
  start() {
    this.worker?.terminate();
    this.setLoading({ state: "loading", fraction: 0, label: "loading.getting_ready", message: "" });
    /** @type {Promise<any>} The study's description; rejected when the server cannot be reached. */
    this.study = this.fetchStudy();
    const worker = this.createWorker();
    this.worker = worker;
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      const cause = event.message;
      const [program, stopped] = cause
        ? ["loading.failed.program_because", "loading.failed.stopped_because"]
        : ["loading.failed.program", "loading.failed.stopped"];
      if (this.loading.state === "loading") this.fail(say(program, { cause }));
      else this.onMessage({ type: "error", message: say(stopped, { cause }) });
    };
    this.study.then(
      ({ runtime, preload }) => {
        if (preload === null) this.rest();
        else worker.postMessage({ type: "load", runtime, setup: preload });
      },
      (error) => this.worker === worker && this.fail(error.message),
    );
    this.feedWatchdog();
  }

  /**
   * @param {object} message
   * @param {Transferable[]} [transfer]
   */
  post(message, transfer = []) {
    this.worker.postMessage(message, transfer);
  }

  receive(message) {
    if (message.type === "progress") {
      this.feedWatchdog();
      const fraction = Math.max(this.loading.fraction, Math.min(1, message.fraction));
      this.setLoading({ state: "loading", fraction, label: message.label, message: "" });
    } else if (message.type === "loaded") {
      this.clearTimer(this.watchdog);
      this.readyMs = Math.round(this.now());
      this.environmentHash = message.environment_hash;
      this.setLoading({ state: "loaded", fraction: 1, label: "loading.ready", message: "" });
      this.onLoaded();
    } else if (message.type === "load_failed") {
      this.fail(message.message);
    } else {
      this.onMessage(message);
    }
  }

  /** The study has no game. */
  rest() {
    this.clearTimer(this.watchdog);
    this.worker.terminate();
    this.setLoading({ ...this.loading, state: "none" });
  }

  fail(message) {
    this.clearTimer(this.watchdog);
    this.setLoading({ ...this.loading, state: "failed", message });
  }

  feedWatchdog() {
    this.clearTimer(this.watchdog);
    this.watchdog = this.setTimer(() => {
      this.fail(say("loading.failed.silent", { seconds: LOAD_SILENCE_MS / 1000 }));
    }, LOAD_SILENCE_MS);
  }

  setLoading(loading) {
    this.loading = loading;
    this.onLoading(loading);
  }
}

/**
 * @param {typeof fetch} [load]
 * @returns {Promise<any>} The study: title, texts, first page, and what the worker needs.
 */
export async function fetchStudy(load = fetch) {
  const answer = await load("/api/study").catch((error) => {
    throw new Error(say("loading.failed.unreachable"), { cause: error });
  });
  if (!answer.ok) throw new Error(say("loading.failed.status", { status: answer.status }));
  return answer.json();
}
