/**
 * What the page shows, in one place: parts of the program update it, the screens are drawn from it.
 */

/**
 * @typedef {"start" | "static" | "consent" | "instructions" | "quiz" | "survey" | "hold" | "loading" | "waiting" |
 *   "match" | "break" | "away" | "saving" | "partner_left" | "end" | "error"} SceneName
 */

/**
 * @typedef {object} PageState
 * @property {SceneName} scene
 * @property {{title: string, language: string, texts: Record<string, string>, start: {title: string, html: string,
 *   button: string}} | null} study
 * @property {any} view The server's latest view.
 * @property {number} viewAt When it came, `performance.now()`.
 * @property {import("./runtime.js").Loading} loading
 * @property {boolean} online Whether the server can be reached.
 * @property {boolean} busy A button's request is under way.
 * @property {string} notice What went wrong with the last button, in the participant's words.
 * @property {{passed: boolean, attempts_left: number, wrong: string[]} | null} quiz How the last attempt at the quiz
 *   that is shown went.
 * @property {boolean} asksToLeave The question whether to leave is open.
 * @property {any} match What the match view shows; see `shownMatch`.
 * @property {{pending: number, refused: number, since: number} | null} saving
 * @property {{title: string, advice: string, detail: string} | null} error
 */

/** @type {PageState} */
export const INITIAL_STATE = {
  scene: "start",
  study: null,
  view: null,
  viewAt: 0,
  loading: { state: "loading", fraction: 0, label: "loading.getting_ready", message: "" },
  online: true,
  busy: false,
  notice: "",
  quiz: null,
  asksToLeave: false,
  match: null,
  saving: null,
  error: null,
};

export class Page {
  /**
   * @param {(state: PageState) => void} draw Called once after any number of updates in the same turn.
   * @param {(task: () => void) => void} [later] Runs the drawing: a task of its own keeps long turns short. Not an
   *   animation frame: hidden pages have none, and their scene must still change.
   */
  constructor(draw, later = queueMicrotask) {
    this.draw = draw;
    this.later = later;
    this.state = INITIAL_STATE;
    this.scheduled = false;
  }

  /** @param {Partial<PageState>} changes */
  update(changes) {
    // The error page is final: nothing that still arrives may hide it.
    if (this.state.scene === "error" && changes.scene !== undefined) return;
    this.state = { ...this.state, ...changes };
    if (this.scheduled) return;
    this.scheduled = true;
    this.later(() => {
      this.scheduled = false;
      this.draw(this.state);
    });
  }

  /** @param {object} changes Changes inside `match`; nothing is drawn again when none of them is one. */
  updateMatch(changes) {
    const match = this.state.match ?? {};
    if (Object.entries(changes).every(([name, value]) => Object.is(match[name], value))) return;
    this.update({ match: { ...match, ...changes } });
  }
}

/**
 * @param {any} matched The server's `matched` message.
 * @param {number} partners How many people are there beside this one.
 * @returns {object} What the match view shows before anything is played.
 */
export function shownMatch({ setup, seat, roles, rejoin }, partners) {
  return {
    seat,
    role: roles[seat],
    partners,
    episode: 1,
    episodes: setup.num_episodes,
    secondsLeft: null,
    score: null,
    overlay: { kind: rejoin ? "coming_back" : "connecting" },
    news: null,
    afterDeparture: setup.after_departure ?? "end",
    graceMs: setup.reconnection_timeout_ms ?? null,
    keys: setup.keys,
    keyLabels: setup.key_labels ?? {},
    mouse: setup.mouse ?? null,
    gamepad: setup.gamepad ?? null,
    width: setup.game_width,
    height: setup.game_height,
    background: setup.background,
  };
}
