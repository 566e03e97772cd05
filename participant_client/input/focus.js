/** Whether the participant has this page in front of them: visible, and the window that hears the keys. */

export class Focus {
  /**
   * @param {object} options
   * @param {(message: {type: "focus", focused: boolean}) => void} options.post Told at once, then every change.
   * @param {Window} [options.view]
   */
  constructor({ post, view = window }) {
    this.post = post;
    this.view = view;
    this.focused = null;
    this.check = () => {
      const page = view.document;
      const focused = page.visibilityState === "visible" && page.hasFocus();
      if (focused === this.focused) return;
      this.focused = focused;
      post({ type: "focus", focused });
    };
  }

  start() {
    this.view.addEventListener("focus", this.check);
    this.view.addEventListener("blur", this.check);
    this.view.document.addEventListener("visibilitychange", this.check);
    this.check();
  }

  stop() {
    this.view.removeEventListener("focus", this.check);
    this.view.removeEventListener("blur", this.check);
    this.view.document.removeEventListener("visibilitychange", this.check);
    this.focused = null;
  }
}
