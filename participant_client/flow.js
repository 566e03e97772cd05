/**
 * The participant's way through the study: which scene follows which, and what the buttons do.
 *
 * The server says where the participant is (its `view`); this keeps the page there, from the first page on.
 */

import { Match } from "./match.js";
import { canSay, say, setOwnTexts, setTexts } from "./screens/words.js";
import { QuestionDesk, TooLong } from "./survey/desk.js";
import { RequestRefused } from "./wire/socket.js";

/** Scenes in which closing the page means leaving the study. */
const SCENES_UNDER_WAY = [
  "static", "consent", "instructions", "quiz", "survey", "hold", "loading", "waiting", "match", "break", "away",
  "partner_left",
];
/** Which page shows a scene that is read or filled in, by the scene's type. */
const PAGES = {
  start: "start", static: "static", debrief: "static", consent: "consent", instructions: "instructions", quiz: "quiz",
  survey: "survey", feedback: "survey", hold: "hold",
};
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
   * @param {() => Promise<{Form: any, surveyjs: any}>} options.loadForms
   * @param {import("./wire/kept.js").Kept} options.kept
   * @param {import("./wire/back_button.js").BackButton} options.backButton
   * @param {Record<string, string>} [options.entry] What the address says of the participant.
   */
  constructor(options) {
    Object.assign(this, options);
    /** @type {Match | null} The match under way, else the last one. */
    this.match = null;
    this.readyFor = null;
    this.questions = new QuestionDesk(this);
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
    if (loading.state === "loading") return;
    // Behind the game's own files, which take longer; who reaches the questions sooner waits there.
    if (this.page.state.study?.asks) this.loadForms().catch((error) => console.warn(error));
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
      if (view && view.scene.type !== "start") {
        this.show((await this.socket.request("advance", { scene_id: view.scene.id })).view);
        return;
      }
      const answer = await this.socket.request("start", { entry: this.entry ?? {} });
      this.socket.identify(answer.token, answer.participant_id);
      this.show(answer.view);
    });
  }

  /** @param {boolean} agreed Which of the two buttons of a consent was pressed. */
  async consent(agreed) {
    await this.press(async () => {
      const { scene } = this.page.state.view;
      this.show((await this.socket.request("consent", { scene_id: scene.id, agreed })).view);
    });
  }

  /** @param {boolean} raised Whether the participant asks for the person who runs the study. */
  async raiseHand(raised) {
    await this.press(async () => {
      const { view } = await this.socket.request("hand", { raised });
      // Only this of it: in the middle of a game the rest is for the match to say.
      this.page.update({ view: { ...this.page.state.view, hand_raised: view.hand_raised } });
    });
  }

  /** The Try again button after the runtime could not be loaded. */
  retry() {
    this.runtime.start();
    this.runtime.study.then((study) => this.onStudy(study), () => {});
  }

  /** @param {any} study What the server says of the study: its texts first of all. */
  onStudy(study) {
    setTexts(study);
    this.page.update({ study });
    this.onLoading(this.runtime.loading);
  }

  /** @param {boolean} open Ask whether to leave; meanwhile the keys belong to the question. */
  askToLeave(open) {
    this.page.update({ asksToLeave: open, notice: "" });
    this.match?.holdKeys(open);
  }

  /**
   * The participant has said twice that they want to leave.
   * @param {"keep" | "delete"} data What is to become of their data.
   */
  async leave(data) {
    await this.press(async () => {
      if (this.matchHoldsPage) {
        await this.match.abandon("WITHDRAWN");
        await this.uploads.drained(LEAVE_UPLOAD_LIMIT_MS);
        this.match.released = true;
      }
      await this.socket.request("leave", { reason: "WITHDRAWN", data });
    });
  }

  /** The page is going away. Best effort: the message may not leave any more. */
  onPageHide() {
    if (SCENES_UNDER_WAY.includes(this.page.state.scene)) this.tellLeaving("page_closed");
  }

  /** @param {string} reason Why this page is no longer there; nobody is asked about their data then. */
  tellLeaving(reason) {
    this.socket.send("leave", { reason, data: "keep" });
  }

  /** @param {any} view Where the server says the participant is. */
  show(view) {
    if (view.scene.type === "start") {
      // The server does not know this page's token: it was started anew.
      this.socket.forget();
      if (SCENES_UNDER_WAY.includes(this.page.state.scene)) {
        this.fail(new Error(say("error.started_anew")));
        return;
      }
    }
    setOwnTexts(view.texts ?? {}, view.language ?? null);
    if (this.page.state.view?.scene.id !== view.scene.id) this.page.update({ quiz: null });
    if (!["start", "end"].includes(view.scene.type)) this.backButton.hold();
    this.page.update({ view, viewAt: performance.now(), notice: "" });
    if (this.matchHoldsPage) {
      this.match.onView(view).catch((error) => this.fail(error));
      return;
    }
    const { scene, state } = view;
    if (scene.type === "end") {
      this.backButton.release();
      this.page.update({ scene: "end", asksToLeave: false, match: null });
    } else if (scene.type in PAGES) {
      const asksToLeave = this.page.state.asksToLeave && view.can_withdraw;
      this.page.update({ scene: PAGES[scene.type], asksToLeave, match: null });
    } else if (state === "ended") this.finishGame(scene.id);
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
        title: say("error.another_window"),
        advice: say("error.another_window_advice"),
        detail: say("error.another_window_detail"),
      },
    });
  }

  /** @param {Error} error What nobody caught: the page cannot go on. */
  fail(error) {
    console.error(error);
    if (this.page.state.scene === "error") return;
    if (this.matchHoldsPage) this.match.abandon("TECH_PROBLEM");
    if (SCENES_UNDER_WAY.includes(this.page.state.scene)) this.tellLeaving("TECH_PROBLEM");
    this.page.update({
      scene: "error",
      asksToLeave: false,
      error: {
        title: say("error.title"),
        advice: say("error.advice"),
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
      this.page.update({ notice: excuse(error) });
    } finally {
      this.page.update({ busy: false });
    }
  }
}

/** @param {Error} error @returns {string} What the participant is told; the error's message is for programs. */
function excuse(error) {
  if (error instanceof TooLong) return say("survey.too_long");
  if (!(error instanceof RequestRefused)) return say("refusals.silent");
  const { code, values, message } = error;
  console.warn(message);
  return canSay(`refusals.${code}`) ? say(`refusals.${code}`, values) : say("refusals.unknown", { code });
}
