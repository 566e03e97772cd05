/**
 * One match, from `matched` to everything saved: joins worker, partners, picture, keys, uploads and server.
 *
 * It decides nothing about the game; the worker does. Made by `flow.js`, which takes over again when it is over.
 */

import { Focus } from "./input/focus.js";
import { Keyboard } from "./input/keyboard.js";
import { Mesh } from "./transport/mesh.js";
import { RequestRefused } from "./wire/socket.js";

const STATUS_INTERVAL_MS = 1000;
const PATH_REFRESH_INTERVAL_MS = 5000;
const COUNTDOWN_MS = 3000;
/** How long the picture may stand still before the participant is told why. */
const STALL_SHOWN_AFTER_MS = 500;
/** How long the worker may take to hand over what it recorded. */
const FINISH_TIMEOUT_MS = 10000;
const STATUS_FIELDS = [
  "episode", "frame", "confirmed", "stable", "rollbacks", "max_rollback_depth", "stalls", "ping_ms", "fps",
];

export class Match {
  /**
   * @param {object} options
   * @param {any} options.matched The server's `matched` message.
   * @param {string} options.instructions The game scene's instructions, HTML.
   * @param {import("./wire/socket.js").StudySocket} options.socket
   * @param {import("./runtime.js").Runtime} options.runtime
   * @param {import("./upload/chunk_queue.js").ChunkQueue} options.uploads
   * @param {import("./page.js").Page} options.page
   * @param {() => {offsetMs: number, rttMs: number}} options.clock The latest estimate of the server's clock.
   * @param {(container: HTMLElement, size: object) => Promise<any>} options.createRenderer
   * @param {(view: any) => void} options.onOver Told the view that follows, when all is saved.
   * @param {(error: Error) => void} options.onError
   */
  constructor(options) {
    const { matched, socket, runtime, page } = options;
    Object.assign(this, { socket, runtime, page, uploads: options.uploads, options, matched });
    this.matchId = matched.match_id;
    this.seat = matched.seat;
    this.stats = {};
    this.chunkFrames = 0;
    this.acknowledgedFrames = 0;
    this.over = false;
    this.interrupted = new Set();
    this.stalledSince = null;
    this.timers = [];
    this.finished = new Promise((done) => (this.onFinished = done));
    this.continued = new Promise((done) => (this.onContinue = done));
    this.stage = new Promise((done) => (this.onStage = done));
    this.path = new Promise((done) => (this.onPath = done));
    this.keyboard = new Keyboard({ codes: Object.keys(matched.setup.keys), post: (message) => runtime.post(message) });
    this.focus = new Focus({ post: (message) => runtime.post(message) });
    this.workerHandlers = {
      packets: ({ packets }) => this.mesh.sendInputs(packets),
      control: ({ messages }) => this.mesh.sendControl(messages),
      frame: (message) => this.onFrame(message),
      stats: (message) => this.onStats(message),
      chunk: ({ chunk }) => this.onChunk(chunk),
      episode_done: (message) => this.onEpisodeDone(message),
      finished: ({ report }) => this.onFinished(report ?? {}),
      desync: ({ episode, frame, kind }) =>
        console.error(`The seats disagree: ${kind}, episode ${episode}, frame ${frame}`),
      error: ({ message }) => options.onError(new Error(message)),
    };
  }

  /** @returns {string | null} How the partners are reached; the slowest way counts. */
  get connectionType() {
    return this.lastConnectionType ?? null;
  }

  /** @returns {number} Frames recorded over the match. */
  get recordedFrames() {
    return Math.max(this.stats.recorded_frames ?? 0, this.chunkFrames);
  }

  /** Runs in the same turn as `matched` came in, so that no signal of a partner is missed. */
  start() {
    const { matched, socket, page } = this;
    const { setup } = matched;
    this.mesh = new Mesh({
      seat: matched.seat,
      seats: matched.seats.length,
      iceServers: matched.ice_servers,
      forceRelay: matched.force_relay,
      connectionTimeoutMs: matched.connection_timeout_ms,
      signal: (to, data) => socket.send("signal", { match_id: this.matchId, to, data }, { keep: true }),
      relay: (to, data, keep) => socket.send("relay", { match_id: this.matchId, to, data }, { keep }),
      onPacket: (from, data) =>
        this.runtime.post({ type: "packet", from, data, at: performance.timeOrigin + performance.now() }, [data]),
      onConnections: (connections, complete) => this.onConnections(connections, complete),
    });
    this.runtime.post({ type: "clock", offsetMs: this.options.clock().offsetMs });
    this.runtime.post({ type: "match", match: matched });
    this.focus.start();
    page.update({
      scene: "match",
      asksToLeave: false,
      match: {
        seat: matched.seat, role: matched.roles[matched.seat], partners: matched.seats.length - 1,
        episode: 1, episodes: setup.num_episodes, secondsLeft: null, score: null,
        overlay: { kind: "connecting" }, keys: setup.keys, keyLabels: setup.key_labels ?? {},
        width: setup.game_width, height: setup.game_height, background: setup.background,
        instructions: this.options.instructions, onStage: this.onStage, onContinue: this.onContinue,
      },
    });
    this.every(STATUS_INTERVAL_MS, () => this.sendStatus());
    this.every(PATH_REFRESH_INTERVAL_MS, () => this.mesh.refresh());
    this.prepare().catch(this.options.onError);
  }

  /** Tell the server that this page can begin: there is a picture to draw on and a way to every partner. */
  async prepare() {
    const { game_width: width, game_height: height, background } = this.matched.setup;
    const container = await this.stage;
    const renderer = await this.options.createRenderer(container, { width, height, background });
    if (this.over) {
      renderer.destroy();
      return;
    }
    this.renderer = renderer;
    if (this.latestFrame) this.onFrame(this.latestFrame);
    await this.path;
    this.connectedSent = true;
    await this.tell("connected", { connections: this.mesh.connections });
  }

  onConnections(connections, complete) {
    // After the last frame a partner who is done closes the channel; that is no change of how the match was played.
    if (this.over || this.played) return;
    this.lastConnectionType = this.mesh.connectionType;
    this.runtime.post({ type: "path", connections });
    if (complete) this.onPath();
    if (this.connectedSent) this.tell("connected", { connections }).catch(this.options.onError);
  }

  /** @param {any} message One that the worker sent. */
  onWorker(message) {
    this.workerHandlers[message.type]?.(message);
  }

  onSignal({ match_id, from, data }) {
    if (match_id === this.matchId) this.mesh.onSignal(from, data);
  }

  onRelay({ match_id, from, data }) {
    if (match_id === this.matchId) this.mesh.onRelay(from, data);
  }

  onBegin({ match_id, episode, start_in_ms }) {
    if (match_id !== this.matchId || this.over) return;
    // The server counts from when it sent the message, which was half a round trip ago.
    const startInMs = Math.max(0, start_in_ms - this.options.clock().rttMs / 2);
    const startsAt = performance.now() + startInMs;
    this.runtime.post({ type: "begin", episode, startInMs });
    this.begun = true;
    if (!this.page.state.asksToLeave) this.keyboard.start();
    this.countingDown = true;
    this.stalledSince = null;
    const countDown = () => {
      this.page.update({ scene: "match" });
      this.page.updateMatch({ episode: episode + 1, overlay: { kind: "countdown", startsAt } });
    };
    // What is said before it, that an episode is finished, can be read for a moment at least.
    if (startInMs > COUNTDOWN_MS) this.after(startInMs - COUNTDOWN_MS, countDown);
    else countDown();
    this.after(startInMs, () => {
      this.countingDown = false;
      this.showOverlay();
    });
  }

  /** @param {boolean} held Whether the game lets go of the keyboard for now. */
  holdKeys(held) {
    if (held) this.keyboard.stop();
    else if (this.begun && !this.over) this.keyboard.start();
  }

  onPartner({ match_id, seat, state }) {
    if (match_id !== this.matchId) return;
    if (state === "interrupted") this.interrupted.add(seat);
    else this.interrupted.delete(seat);
    this.showOverlay();
  }

  onFrame(message) {
    this.latestFrame = message;
    if (!this.renderer || this.over) return;
    const { episode, frame, draw, seconds_left: secondsLeft, score } = message;
    // An environment without render() has no picture; its figures are shown all the same.
    if (draw != null) this.renderer.draw(draw, (at) => this.runtime.post({ type: "painted", episode, frame, at }));
    this.page.updateMatch({ secondsLeft: secondsLeft == null ? null : Math.ceil(secondsLeft), score: score ?? null });
  }

  onStats(stats) {
    this.stats = stats;
    if (!stats.stalled) this.stalledSince = null;
    else this.stalledSince ??= performance.now();
    this.showOverlay();
  }

  onChunk(chunk) {
    this.chunkFrames += chunk.last_frame - chunk.first_frame + 1;
    this.uploads.add({ ...chunk, participant_id: this.socket.participantId });
  }

  onAcknowledged(chunk) {
    if (chunk.match_id !== this.matchId) return;
    this.acknowledgedFrames += chunk.last_frame - chunk.first_frame + 1;
  }

  async onEpisodeDone({ episode, frame, state_hash, inputs_hash }) {
    const last = episode + 1 >= this.matched.setup.num_episodes;
    this.played = last;
    if (!this.over && last) this.page.update({ scene: "saving" });
    if (!this.over && !last) {
      this.page.update({ scene: "break" });
      this.showOverlay();
    }
    await this.tell("episode_done", { episode, frame, state_hash, inputs_hash }).catch(this.options.onError);
  }

  /** The match is over for the server: hand in what was recorded, then go on. */
  async onEnded({ match_id, reason, message }) {
    if (match_id !== this.matchId || this.over) return;
    this.stop();
    this.runtime.post({ type: "end", reason });
    const completed = reason === "COMPLETED";
    this.page.updateMatch({ ending: { reason, message } });
    this.page.update({ scene: completed ? "saving" : "partner_left" });
    const saved = this.save();
    if (!completed) {
      await this.continued;
      this.page.update({ scene: "saving" });
    }
    await saved;
    const { view } = await this.socket.insist("advance", { scene_id: this.matched.scene_id });
    this.options.onOver(view);
  }

  async save() {
    const report = await this.handedOver();
    this.mesh.close();
    await this.uploads.drained();
    await this.tell("match_report", { report });
  }

  /** No more keys, picture or timers. Safe to call again. */
  stop() {
    this.over = true;
    this.keyboard.stop();
    this.focus.stop();
    this.renderer?.destroy();
    this.renderer = null;
    for (const timer of this.timers) clearTimeout(timer);
  }

  /**
   * Give up at once: the page has failed or the participant leaves.
   * @param {string} reason
   * @returns {Promise<void>} Fulfilled when everything recorded is in the upload queue.
   */
  async abandon(reason) {
    if (this.over) return;
    this.stop();
    this.runtime.post({ type: "end", reason });
    await this.handedOver();
    this.mesh.close();
  }

  /** The worker's report when it has handed over all records; it may have died, hence the limit. */
  async handedOver() {
    let timer;
    const timeout = new Promise((done) => {
      timer = setTimeout(() => done({ incomplete: true }), FINISH_TIMEOUT_MS);
    });
    const report = await Promise.race([this.finished, timeout]);
    clearTimeout(timer);
    return report;
  }

  /** Say over the picture why it stands still, when it does for long enough to be noticed. */
  showOverlay() {
    const { scene, match } = this.page.state;
    if (this.over || this.countingDown || !["match", "break"].includes(scene) || !this.begun) return;
    let kind = null;
    if (scene === "break") {
      kind = this.interrupted.size > 0 ? "stalled" : "break";
    } else if (this.stalledSince !== null) {
      // Figures come twice a second, a little early at times.
      if (performance.now() - this.stalledSince >= STALL_SHOWN_AFTER_MS - 50) kind = "stalled";
    }
    // Who has lost the server may still be playing by the channel; only without one does the server know better.
    const { connections } = this.mesh;
    if ([...this.interrupted].some((seat) => connections[seat] === "server")) kind = "stalled";
    if ((match.overlay?.kind ?? null) !== kind) this.page.updateMatch({ overlay: kind && { kind } });
  }

  sendStatus() {
    if (this.over || this.stats.frame === undefined) return;
    const status = { match_id: this.matchId, connection_type: this.connectionType };
    for (const field of STATUS_FIELDS) status[field] = this.stats[field] ?? null;
    this.socket.send("status", status);
  }

  /** Bring a message of this match to the server for certain; a refusal is logged, because nothing can be done here. */
  async tell(name, payload) {
    try {
      await this.socket.insist(name, { match_id: this.matchId, ...payload });
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      console.warn(`${name} was refused (${error.code}): ${error.message}`);
    }
  }

  after(delayMs, task) {
    this.timers.push(setTimeout(task, delayMs));
  }

  every(intervalMs, task) {
    this.timers.push(setInterval(task, intervalMs));
  }
}
