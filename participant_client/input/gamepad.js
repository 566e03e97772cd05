/**
 * Where the axes of a gamepad are and which of its buttons are held, asked for at every animation frame, told on change.
 *
 * A browser shows a gamepad only after one of its buttons was pressed, and some show none on a plain http page that is
 * not on this computer. Numbers are those of the standard gamepad: https://www.w3.org/TR/gamepad/#remapping
 */

const STICK_AXES = 4;
/** Buttons that know how far they are pressed; they are told as the axes after the sticks'. */
const TRIGGERS = [6, 7];
/** Steps of an axis that are told: finer ones are noise. */
const STEPS = 1000;
const REST = { axes: [0, 0, 0, 0, 0, 0], buttons: [] };

export class Gamepad {
  /**
   * @param {object} options
   * @param {(message: {type: "pad", axes: number[], buttons: number[], at: number}) => void} options.post Told every
   *   change: left x, left y, right x, right y from -1 to 1, left and right trigger from 0 to 1; the buttons' numbers.
   * @param {Window} [options.view] Whose animation frames and gamepads are used.
   * @param {() => number} [options.now] Milliseconds since the page's time origin.
   * @param {number} [options.timeOrigin] That instant, milliseconds since 1970.
   */
  constructor({ post, view = window, now = () => performance.now(), timeOrigin = performance.timeOrigin }) {
    this.post = post;
    this.view = view;
    this.now = now;
    this.timeOrigin = timeOrigin;
    this.told = REST;
    this.lookedAt = 0;
    this.request = null;
    this.poll = () => {
      this.request = view.requestAnimationFrame(this.poll);
      this.look();
    };
  }

  start() {
    if (this.request !== null) return;
    this.lookedAt = this.now();
    this.request = this.view.requestAnimationFrame(this.poll);
  }

  /** Stop asking, and leave everything at rest. */
  stop() {
    if (this.request === null) return;
    this.view.cancelAnimationFrame(this.request);
    this.request = null;
    this.tell(REST, this.now());
  }

  look() {
    const now = this.now();
    const connected = [...(this.view.navigator.getGamepads?.() ?? [])].filter((pad) => pad?.connected);
    const pad = connected.find(({ mapping }) => mapping === "standard") ?? connected[0];
    // Browsers disagree about the clock of `timestamp`; the change came after we last looked in any case.
    const changedAt = Math.min(Math.max(pad?.timestamp ?? now, this.lookedAt), now);
    this.lookedAt = now;
    this.tell(pad ? read(pad) : REST, changedAt);
  }

  /** @param {{axes: number[], buttons: number[]}} found @param {number} at */
  tell(found, at) {
    if (JSON.stringify(found) === JSON.stringify(this.told)) return;
    this.told = found;
    this.post({ type: "pad", axes: [...found.axes], buttons: [...found.buttons], at: this.timeOrigin + at });
  }
}

/** @param {any} pad The browser's own. @returns {{axes: number[], buttons: number[]}} */
function read(pad) {
  const sticks = Array.from({ length: STICK_AXES }, (_, axis) => pad.axes[axis] ?? 0);
  const triggers = TRIGGERS.map((button) => pad.buttons[button]?.value ?? 0);
  const buttons = [...pad.buttons.keys()].filter((button) => pad.buttons[button].pressed);
  // `+ 0` makes the negative zero of rounding a plain one.
  return { axes: [...sticks, ...triggers].map((place) => Math.round(place * STEPS) / STEPS + 0), buttons };
}
