/**
 * Which of the game's keys are held, in the order of pressing. Made by the match for as long as it is played.
 *
 * Only the game's own keys are taken from the browser, so that shortcuts and the Tab key keep working.
 */

export class Keyboard {
  /**
   * @param {object} options
   * @param {Iterable<string>} options.codes The `event.code` of every key that means something.
   * @param {(message: {type: "keys", pressed: string[], at: number}) => void} options.post Told every change;
   *   `at` is milliseconds since 1970, taken from the event, not from when it was handled.
   * @param {EventTarget} [options.target] What hears the keys.
   * @param {number} [options.timeOrigin] The instant event times count from, milliseconds since 1970.
   */
  constructor({ codes, post, target = window, timeOrigin = performance.timeOrigin }) {
    this.codes = new Set(codes);
    this.post = post;
    this.target = target;
    this.timeOrigin = timeOrigin;
    /** @type {string[]} */
    this.pressed = [];
    this.handlers = [
      ["keydown", (event) => this.onKeyDown(event)],
      ["keyup", (event) => this.onKeyUp(event)],
      ["blur", (event) => this.clear(event.timeStamp)],
    ];
    this.listening = false;
  }

  start() {
    if (this.listening) return;
    this.listening = true;
    for (const [name, handler] of this.handlers) this.target.addEventListener(name, handler);
  }

  /** Stop listening and let go of every key. */
  stop() {
    if (!this.listening) return;
    this.listening = false;
    for (const [name, handler] of this.handlers) this.target.removeEventListener(name, handler);
    this.clear(performance.now());
  }

  onKeyDown(event) {
    if (!this.codes.has(event.code) || this.isShortcut(event)) return;
    event.preventDefault();
    if (event.repeat || this.pressed.includes(event.code)) return;
    this.change([...this.pressed, event.code], event.timeStamp);
  }

  onKeyUp(event) {
    // macOS sends no keyup for a key released while Command is held, so letting go of Command lets go of all.
    if (event.key === "Meta") return this.clear(event.timeStamp);
    if (!this.pressed.includes(event.code)) return undefined;
    event.preventDefault();
    return this.change(this.pressed.filter((code) => code !== event.code), event.timeStamp);
  }

  /** @param {number} timeStamp When, milliseconds since the page's time origin. */
  clear(timeStamp) {
    if (this.pressed.length > 0) this.change([], timeStamp);
  }

  change(pressed, timeStamp) {
    this.pressed = pressed;
    this.post({ type: "keys", pressed: [...pressed], at: this.timeOrigin + timeStamp });
  }

  /** A modifier that the game itself uses does not make a shortcut of the other keys. */
  isShortcut(event) {
    const used = (name) => this.codes.has(`${name}Left`) || this.codes.has(`${name}Right`);
    return (event.ctrlKey && !used("Control")) || (event.altKey && !used("Alt")) || event.metaKey;
  }
}
