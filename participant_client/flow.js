/**
 * The participant's way through the study: which scene follows which, and what the buttons do.
 *
 * The server says where the participant is (its `view`); this keeps the page there, from the first page on.
 */

import { Match } from "./match.js";
import { RequestRefused } from "./wire/socket.js";

/** Scenes in which closing the page means leaving the study. */
const SCENES_UNDER_WAY = ["loading", "waiting", "match", "break", "away", "partner_left"];
/** How long somebody who leaves waits for their data to be saved, at most. */
const LEAVE_UPLOAD_LIMIT_MS = 3000;

export class Flow {
  /**
   * @param {object} options
   * @param {import("./page.js").Page} options.page
   * @param {import("./wire/socket.js").StudySocket} options.socket
   * @param {import("./runtime.js").Runtime} options.runtime
   * @param {import("./upload/chunk_queue.js").ChunkQueue} options.uploads
   * @param {() => {offsetMs: number, rttMs: number}} options.clock The latest estimate of the server's clock.
   * @param {import("./returning.js").Returns} options.returns
   * @param {() => Promise<{createRenderer: Function}>} options.loadRenderer
   */
  constructor(options) {
    Object.assign(this, options);
    /** @type {Match | null} The match under way, else the last one. */
    this.match = null;
    this.readyFor = null;
  }

  listen() {
    const { socket } = this;
    socket.on("view", (view) => this.show(view));
    socket.on("matched", (matched) => this.onMatched(matched));
    socket.on("signal", (message) => this.match?.onSignal(message));
    socket.on("relay", (message) => this.match?.onRelay(message));
    socket.on("begin", (message) => this.match?.onBegin(message));
    socket.on("partner", (message) => this.match?.onPartner(message));
    socket.on("membership", (message) => this.match?.onMembership(message));
    socket.on("state_part", (part) => this.match?.onStatePart(part));
    // The first connection of a page comes before any match of it.
    socket.on("connect", () => this.match?.onReconnected());
    socket.on("match_ended", (message) => this.match?.onEnded(message).catch((error) => this.fail(error)));
    this.runtime.onLoading = (loading) => this.onLoading(loading);
    this.runtime.onMessage = (message) => this.match?.onWorker(message);
    this.onLoading(this.runtime.loading);
  }

  /** @returns {boolean} Whether a match holds the page, so that views of the server wait until it is saved. */
  get matchHoldsPage() {
    return this.match !== null && !this.match.released;
  }

  onLoading(loading) {
    this.page.update({ loading });
    if (loading.state !== "loaded") return;
    this.loadRenderer().catch((error) => this.fail(error));
    this.enterWaitingRoom();
  }

  /** The button of a page that has come back by itself too often. */
  comeBack() {
    this.returns.reload();
  }

  /** The button of a page that is read: Start takes the participant's place, Continue goes on. */
  async goOn() {
    await this.press(async () => {
      const { view } = this.page.state;
      if (view && view.scene.button !== "Start") {
        this.show((await this.socket.request("advance", { scene_id: view.scene.id })).view);
        return;
      }
      const answer = await this.socket.request("start");
      this.socket.identify(answer.token, answer.participant_id);
      this.show(answer.view);
    });
  }

  /** The Try again button after the runtime could not be loaded. */
  retry() {
    this.runtime.start();
    this.runtime.study.then((study) => this.page.update({ study }), () => {});
  }

  /** @param {boolean} open Ask whether to leave; meanwhile the keys belong to the question. */
  askToLeave(open) {
    this.page.update({ asksToLeave: open, notice: "" });
    this.match?.holdKeys(open);
  }

  /** The participant has said twice that they want to leave. */
  async leave() {
    await this.press(async () => {
      if (this.matchHoldsPage) {
        await this.match.abandon("WITHDRAWN");
        await this.uploads.drained(LEAVE_UPLOAD_LIMIT_MS);
        this.match.released = true;
      }
      await this.socket.request("leave", { reason: "WITHDRAWN" });
    });
  }

  /** The page is going away. Best effort: the message may not leave any more. */
  onPageHide() {
    if (SCENES_UNDER_WAY.includes(this.page.state.scene)) this.socket.send("leave", { reason: "page_closed" });
  }

  /** @param {any} view Where the server says the participant is. */
  show(view) {
    if (view.scene.button === "Start") {
      // The server does not know this page's token: it was started anew.
      this.socket.forget();
      if (SCENES_UNDER_WAY.includes(this.page.state.scene)) {
        this.fail(new Error("The study was started anew on its server while you took part."));
        return;
      }
    }
    this.page.update({ view, viewAt: performance.now(), notice: "" });
    if (this.matchHoldsPage) {
      this.match.onView(view).catch((error) => this.fail(error));
      return;
    }
    const { scene, state } = view;
    if (scene.type === "end") this.page.update({ scene: "end", asksToLeave: false, match: null });
    else if (scene.type === "game" && state === "ended") this.finishGame(scene.id);
    else if (scene.type === "start") this.page.update({ scene: "start" });
    else if (state === "waiting") this.page.update({ scene: "waiting" });
    else this.page.update({ scene: "loading" });
    this.enterWaitingRoom();
  }

  /** The page was reloaded after its match had ended: what the earlier page left is saved, then it goes on. */
  async finishGame(sceneId) {
    this.page.update({ scene: "saving" });
    await this.uploads.drained();
    const answer = await this.socket.insist("advance", { scene_id: sceneId });
    this.show(answer.view);
  }

  /** In the game scene and loaded: tell the server, once for every visit of the scene. */
  async enterWaitingRoom() {
    const { view } = this.page.state;
    const wanted = view?.scene.type === "game" && ["reading", "loading"].includes(view.state) && !this.matchHoldsPage;
    if (!wanted || this.runtime.loading.state !== "loaded" || this.readyFor === view.scene.id) return;
    this.readyFor = view.scene.id;
    try {
      const answer = await this.socket.insist("ready", {
        scene_id: view.scene.id,
        environment_hash: this.runtime.environmentHash,
        ready_ms: this.runtime.readyMs,
      });
      if (answer.view && this.page.state.view === view) this.show(answer.view);
    } catch (error) {
      this.fail(error);
    }
  }

  onMatched(matched) {
    if (this.match?.matchId === matched.match_id) return;
    this.readyFor = null;
    this.match = new Match({
      matched,
      instructions: this.page.state.view?.scene.html ?? "",
      socket: this.socket,
      runtime: this.runtime,
      uploads: this.uploads,
      page: this.page,
      clock: this.clock,
      returns: this.returns,
      createRenderer: async (...values) => (await this.loadRenderer()).createRenderer(...values),
      onOver: (view) => {
        this.match.released = true;
        this.show(view);
      },
      onError: (error) => this.fail(error),
    });
    this.match.start();
  }

  /** The server has closed this page's line: the same participant has opened another page. */
  onReplaced() {
    if (["end", "error"].includes(this.page.state.scene)) return;
    if (this.matchHoldsPage) this.match.abandon("TECH_PROBLEM");
    this.page.update({
      scene: "error",
      asksToLeave: false,
      error: {
        title: "The study is open in another window",
        advice: "Please go on in that window. You can close this one.",
        detail: "The server closed the connection of this page.",
      },
    });
  }

  /** @param {Error} error What nobody caught: the page cannot go on. */
  fail(error) {
    console.error(error);
    if (this.page.state.scene === "error") return;
    if (this.matchHoldsPage) this.match.abandon("TECH_PROBLEM");
    if (SCENES_UNDER_WAY.includes(this.page.state.scene)) this.socket.send("leave", { reason: "TECH_PROBLEM" });
    this.page.update({
      scene: "error",
      asksToLeave: false,
      error: {
        title: "Something went wrong",
        advice: "Please press Try again. If this page comes back, tell the person who runs the study.",
        detail: error.message || String(error),
      },
    });
  }

  /** Run what a button does, once, and say in words what prevented it. */
  async press(task) {
    if (this.page.state.busy) return;
    this.page.update({ busy: true, notice: "" });
    try {
      await task();
    } catch (error) {
      const silent = "The study’s server does not answer. Please check your connection and press again.";
      this.page.update({ notice: error instanceof RequestRefused ? error.message : silent });
    } finally {
      this.page.update({ busy: false });
    }
  }
}
