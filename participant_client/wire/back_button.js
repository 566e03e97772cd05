/**
 * Keeps the browser's Back button from leaving the study: one more entry in the history, to which the page returns.
 *
 * Browsers pass over entries that a page made by itself, so `hold` is called when a button was pressed, too.
 */

export class BackButton {
  /**
   * @param {object} options
   * @param {History} options.history
   * @param {EventTarget} options.target What hears of steps in the history.
   */
  constructor({ history, target }) {
    this.history = history;
    this.held = false;
    target.addEventListener("popstate", () => {
      if (this.held && !this.onTop) this.history.forward();
    });
  }

  /** @returns {boolean} Whether the page stands on the entry that it has added. */
  get onTop() {
    return this.history.state?.kiosk === true;
  }

  hold() {
    this.held = true;
    if (!this.onTop) this.history.pushState({ kiosk: true }, "");
  }

  /** The study is over: Back leads where it always does. */
  release() {
    this.held = false;
  }
}
