/**
 * One match, from `matched` to everything saved: joins worker, partners, picture, keys, uploads and server.
 *
 * It decides nothing about the game; the worker does. Made by `flow.js`, which takes over again when it is over.
 */

import { Announcements } from "./announcements.js";
import { Controls } from "./input/controls.js";
import { Focus } from "./input/focus.js";
import { MembershipLine, partnersOf, recordedWith } from "./membership.js";
import { shownMatch } from "./page.js";
import { Recording } from "./recording.js";
import { Standing } from "./standing.js";
import { Timers } from "./timers.js";
import { Mesh } from "./transport/mesh.js";
import { StatusLine } from "./wire/status.js";

const STATUS_INTERVAL_MS = 1000;
const PATH_REFRESH_INTERVAL_MS = 5000;
/** As much of an error's message as the server takes. */
const LONGEST_ERROR = 500;

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
   * @param {import("./returning.js").Returns} options.returns
   * @param {(container: HTMLElement, size: object) => Promise<any>} options.createRenderer
   * @param {(view: any) => void} options.onOver Told the view that follows, when all is saved.
   * @param {(error: Error) => void} options.onError
   */
  constructor(options) {
    const { matched, socket, runtime, page } = options;
    Object.assign(this, { socket, runtime, page, uploads: options.uploads, options, matched });
    [this.matchId, this.seat] = [matched.match_id, matched.seat];
    this.recording = new Recording({ uploads: options.uploads, participantId: socket.participantId });
    this.over = false;
    /** How the partners are reached; the slowest way counts. @type {string | null} */
    this.connectionType = null;
    /** The episode that has begun, -1 before the first. */
    this.episode = -1;
    /** How often each of the engine's events came. @type {Record<string, number>} */
    this.events = {};
    this.standing = new Standing(matched);
    this.announcements = new Announcements({
      page,
      standing: this.standing,
      connections: () => this.mesh.connections,
      shown: () => Boolean(this.begun) && !this.over,
      after: (delayMs, task) => this.timers.after(delayMs, task),
    });
    /** What comes before the worker has the match; null from then on. @type {object[] | null} */
    this.early = [];
    this.timers = new Timers();
    this.status = new StatusLine({
      socket,
      matchId: this.matchId,
      connectionType: () => this.connectionType,
      wanted: () => !this.over,
    });
    this.continued = new Promise((done) => (this.onContinue = done));
    this.stage = new Promise((done) => (this.onStage = done));
    this.path = new Promise((done) => (this.onPath = done));
    this.digest = new Promise((done) => (this.onDigest = done));
    this.controls = new Controls({
      setup: matched.setup,
      picture: () => this.renderer?.canvas ?? null,
      post: (message) => runtime.post(message),
    });
    this.focus = new Focus({ post: (message) => runtime.post(message) });
    this.membership = new MembershipLine({
      socket,
      matched,
      post: (message) => this.post(message),
      wanted: () => !this.over,
      onRefused: () => this.onEvicted(false),
      onError: options.onError,
    });
    this.workerHandlers = {
      packets: ({ packets }) => this.mesh.sendInputs(packets),
      control: ({ messages }) => this.mesh.sendControl(messages),
      frame: (message) => this.onFrame(message),
      stats: (message) => this.onStats(message),
      chunk: ({ chunk }) => this.recording.onChunk(chunk),
      episode_done: (message) => this.onEpisodeDone(message),
      membership: ({ message }) => this.membership.say(message),
      parts: ({ parts }) => this.membership.sendParts(parts),
      events: ({ events }) => this.onEvents(events),
      log_wanted: ({ episode }) => this.membership.fetchLog(episode).catch(options.onError),
      failure: (failure) => this.onFailure(failure),
      started: ({ digest }) => this.onDigest(digest),
      finished: ({ report }) => this.recording.onFinished(report ?? {}),
      desync: ({ episode, frame, kind }) =>
        console.error(`The seats disagree: ${kind}, episode ${episode}, frame ${frame}`),
      error: ({ message }) => options.onError(new Error(message)),
    };
  }

  /** @returns {Record<string, any>} The worker's latest figures. */
  get stats() {
    return this.status.stats;
  }

  /** @returns {number} Frames recorded by this page over the match. */
  get recordedFrames() {
    return Math.max(this.stats.recorded_frames ?? 0, this.recording.frames);
  }

  /** Runs in the same turn as `matched` came in, so that no signal of a partner is missed. */
  start() {
    const { matched, socket } = this;
    this.mesh = new Mesh({
      seat: matched.seat,
      partners: partnersOf(matched),
      iceServers: matched.ice_servers,
      forceRelay: matched.force_relay,
      connectionTimeoutMs: matched.connection_timeout_ms,
      signal: (to, data) => socket.send("signal", { match_id: this.matchId, to, data }, { keep: true }),
      relay: (datagrams, keep) => socket.send("relay", { match_id: this.matchId, datagrams }, { keep }),
      onPacket: (from, data) => this.onPacket(from, data),
      onConnections: (connections, complete) => this.onConnections(connections, complete),
      wanted: () => !this.over && !this.played,
    });
    this.timers.every(PATH_REFRESH_INTERVAL_MS, () => this.mesh.refresh());
    if (matched.rejoin) this.comeBack().catch(this.options.onError);
    else this.enter();
  }

  /** This page was loaded again while the match plays: once everything is loaded it enters the episode under way. */
  async comeBack() {
    const { rejoin } = this.matched;
    this.mesh.detour();
    // At once: what the page before has left is on its way already, and gone from here when the server has it.
    const left = await this.uploads.newest(this.matchId);
    await this.runtime.loaded;
    rejoin.recorded = recordedWith(rejoin.recorded, left);
    if (this.over || this.standing.evicted) return;
    this.enter();
    if (this.beginsNext) this.begin(this.beginsNext[0], Math.max(0, this.beginsNext[1] - performance.now()));
    if (this.begun || rejoin.episode < 0) return;
    this.episode = rejoin.episode;
    this.begun = true;
    this.post({ type: "begin", episode: this.episode, startInMs: 0, rejoins: true });
    this.page.updateMatch({ episode: this.episode + 1 });
    this.holdKeys(this.page.state.asksToLeave);
  }

  /** Give the worker the match and show where it is played. */
  enter() {
    const { matched, page } = this;
    this.runtime.post({ type: "clock", offsetMs: this.options.clock().offsetMs });
    this.runtime.post({ type: "match", match: matched });
    const early = this.early;
    this.early = null;
    for (const message of early) this.runtime.post(message);
    this.focus.start();
    const { onStage, onContinue } = this;
    const shown = { ...shownMatch(matched, partnersOf(matched).length), instructions: this.options.instructions };
    page.update({ scene: "match", asksToLeave: false, match: { ...shown, onStage, onContinue } });
    this.timers.every(STATUS_INTERVAL_MS, () => this.status.send());
    this.prepare().catch(this.options.onError);
  }

  /** To the worker, as soon as it has the match. @param {object} message */
  post(message) {
    if (this.early) this.early.push(message);
    else this.runtime.post(message);
  }

  onPacket(from, data) {
    // Before the worker can take it, what it says would be out of date.
    if (this.early) return;
    this.runtime.post({ type: "packet", from, data, at: performance.timeOrigin + performance.now() }, [data]);
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
    if (!this.mesh.complete) await this.path;
    const digest = await this.digest;
    this.connectedSent = true;
    await this.tell("connected", { connections: this.mesh.connections, digest });
  }

  onConnections(connections, complete) {
    // After the last frame a partner who is done closes the channel; that is no change of how the match was played.
    if (this.over || this.played) return;
    this.connectionType = this.mesh.connectionType;
    this.post({ type: "path", connections });
    if (complete) this.onPath();
    if (!this.connectedSent) return;
    this.digest.then((digest) => this.tell("connected", { connections, digest })).catch(this.options.onError);
  }

  /** @param {any} message One that the worker sent. */
  onWorker(message) {
    this.workerHandlers[message.type]?.(message);
  }

  onSignal({ match_id, from, data }) {
    if (match_id === this.matchId) this.mesh.onSignal(from, data);
  }

  onRelay({ match_id, datagrams }) {
    if (match_id === this.matchId) for (const [from, data] of datagrams) this.mesh.onRelay(from, data);
  }

  onBegin({ match_id, episode, start_in_ms }) {
    // The server repeats it after the connection was down.
    if (match_id !== this.matchId || this.over || this.standing.evicted || episode <= this.episode) return;
    // The server counts from when it sent the message, which was half a round trip ago.
    const startInMs = Math.max(0, start_in_ms - this.options.clock().rttMs / 2);
    if (this.early) this.beginsNext = [episode, performance.now() + startInMs];
    else this.begin(episode, startInMs);
  }

  begin(episode, startInMs) {
    this.post({ type: "begin", episode, startInMs });
    this.episode = episode;
    this.begun = true;
    this.holdKeys(this.page.state.asksToLeave);
    this.standing.begin();
    this.status.begin();
    this.announcements.countDown(episode, startInMs);
  }

  /** @param {boolean} held Whether the game lets go of keyboard, mouse and gamepad for now. */
  holdKeys(held) {
    if (held) this.controls.stop();
    else if (this.begun && !this.over && !this.standing.evicted) this.controls.start();
  }

  onPartner({ match_id, seat, state }) {
    if (match_id !== this.matchId) return;
    this.standing.onPartner(seat, state);
    this.announcements.refresh();
  }

  /** The server on who takes part. */
  onMembership({ match_id, message }) {
    if (match_id !== this.matchId || this.over) return;
    this.membership.hear(message, this.mesh);
    if (message.kind === "evicted") this.onEvicted(message.may_return);
  }

  onStatePart(part) {
    if (part.match_id === this.matchId && !this.over) this.membership.hearPart(part);
  }

  /** The connection to the server is back, with the same page. */
  onReconnected() {
    if (!this.over && !this.played) this.membership.back(this.episode);
  }

  onEvents(events) {
    for (const event of events) {
      this.events[event.name] = (this.events[event.name] ?? 0) + 1;
      const news = this.standing.onEvent(event);
      if (news) this.announcements.tell(news);
    }
    this.announcements.refresh();
  }

  /**
   * The match goes on without this seat; what was recorded is still sent.
   * @param {boolean} mayReturn Whether the server lets it back in.
   */
  onEvicted(mayReturn) {
    this.standing.evicted = true;
    this.controls.stop();
    if (mayReturn && !this.standing.goesBack && this.options.returns.possible) {
      this.standing.goesBack = true;
      const away = { scene: "away", asksToLeave: false };
      this.options.returns.enter(this).then((done) => done || this.page.update(away)).catch(this.options.onError);
    }
    this.announcements.refresh();
  }

  /** The environment has failed: the server ends the match for everybody and says so. */
  onFailure({ episode, frame, message, traceback }) {
    console.error(`The environment failed in episode ${episode} at frame ${frame}: ${message}\n${traceback}`);
    const failure = { episode, frame, message: message.slice(0, LONGEST_ERROR), traceback };
    this.tell("match_failed", failure).catch(this.options.onError);
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
    this.status.take(stats);
    this.standing.onStats(stats, performance.now());
    this.announcements.refresh();
  }

  onAcknowledged(chunk) {
    if (chunk.match_id === this.matchId) this.recording.onAcknowledged(chunk);
  }

  async onEpisodeDone({ episode, frame, state_hash, inputs_hash }) {
    if (this.standing.evicted) return;
    const last = episode + 1 >= this.matched.setup.num_episodes || this.membership.final;
    this.played = last;
    if (!this.over && last) this.page.update({ scene: "saving" });
    if (!this.over && !last) {
      this.page.update({ scene: "break" });
      this.announcements.refresh();
    }
    await this.tell("episode_done", { episode, frame, state_hash, inputs_hash }).catch(this.options.onError);
  }

  /** The match is over for the server: hand in what was recorded, then go on. */
  async onEnded({ match_id, reason, message }) {
    if (match_id !== this.matchId || this.over) return;
    this.page.updateMatch({ ending: { reason, message }, onContinue: this.onContinue });
    await this.finish(reason, reason === "COMPLETED" ? null : this.continued);
  }

  /** The server shows that the match is over without having said so: the connection was down, or the seat given up. */
  async onView(view) {
    const away = view.state === "ended" || view.scene.id !== this.matched.scene_id;
    if (away && !this.over) await this.finish("ENDED", null);
  }

  /**
   * @param {string} reason
   * @param {Promise<void> | null} read What is waited for before the next page: that the participant has read why.
   */
  async finish(reason, read) {
    this.stop();
    this.runtime.post({ type: "end", reason });
    this.page.update({ scene: read ? "partner_left" : "saving" });
    const saved = this.save();
    if (read) {
      await read;
      this.page.update({ scene: "saving" });
    }
    await saved;
    const { view } = await this.socket.insist("advance", { scene_id: this.matched.scene_id });
    this.options.onOver(view);
  }

  async save() {
    const report = await this.recording.handedOver();
    this.mesh.close();
    await this.uploads.drained();
    await this.tell("match_report", { report });
  }

  /** No more keys, picture or timers. Safe to call again. */
  stop() {
    this.over = true;
    this.controls.stop();
    this.focus.stop();
    this.renderer?.destroy();
    this.renderer = null;
    this.timers.stop();
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
    await this.recording.handedOver();
    this.mesh.close();
  }

  /** Bring a message of this match to the server for certain. */
  tell(name, payload) {
    return this.socket.bring(name, { match_id: this.matchId, ...payload });
  }
}
