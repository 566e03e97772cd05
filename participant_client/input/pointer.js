/**
 * Where in the game's picture the mouse is, and which of its buttons the game uses are held.
 *
 * Outside the picture nothing is told of the position, so the last one stands. A button counts if it was pressed inside,
 * until it is let go anywhere.
 */

/** By `event.button`. */
const NAMES = ["left", "middle", "right"];
/** In `event.buttons`. */
const BITS = { left: 1, right: 2, middle: 4 };

export class Pointer {
  /**
   * @param {object} options
   * @param {Iterable<string>} options.buttons Those that mean something: left, middle, right.
   * @param {() => Element | null} options.picture What the game is drawn on, once it is.
   * @param {(message: {type: "pointer", x: number, y: number, buttons: string[], at: number}) => void} options.post
   *   Told every change; x and y from 0 to 1, from the picture's left and top edge; `at` as for keys.
   * @param {EventTarget} [options.target] What hears the mouse.
   * @param {number} [options.timeOrigin] The instant event times count from, milliseconds since 1970.
   */
  constructor({ buttons, picture, post, target = window, timeOrigin = performance.timeOrigin }) {
    this.used = new Set(buttons);
    this.picture = picture;
    this.post = post;
    this.target = target;
    this.timeOrigin = timeOrigin;
    /** @type {{x: number, y: number} | null} */
    this.place = null;
    /** @type {string[]} */
    this.pressed = [];
    this.handlers = [
      ["mousemove", (event) => this.onMove(event)],
      ["mousedown", (event) => this.onDown(event)],
      ["mouseup", (event) => this.onMove(event)],
      ["contextmenu", (event) => this.onMenu(event)],
      ["blur", (event) => this.change(this.place, [], event.timeStamp)],
    ];
    this.listening = false;
  }

  start() {
    if (this.listening) return;
    this.listening = true;
    for (const [name, handler] of this.handlers) this.target.addEventListener(name, handler);
  }

  /** Stop listening and let go of every button. */
  stop() {
    if (!this.listening) return;
    this.listening = false;
    for (const [name, handler] of this.handlers) this.target.removeEventListener(name, handler);
    this.change(this.place, [], performance.now());
  }

  onMove(event) {
    // What is held is read anew each time: a button let go outside the window is heard of by the next move only.
    const held = this.pressed.filter((name) => event.buttons & BITS[name]);
    this.change(this.inside(event) ?? this.place, held, event.timeStamp);
  }

  onDown(event) {
    const name = NAMES[event.button];
    const place = this.inside(event);
    if (!place || !this.used.has(name)) return;
    event.preventDefault();
    this.change(place, [...this.pressed.filter((held) => held !== name), name], event.timeStamp);
  }

  onMenu(event) {
    if (this.used.has("right") && this.inside(event)) event.preventDefault();
  }

  /** @returns {{x: number, y: number} | null} */
  inside({ clientX, clientY }) {
    const box = this.picture()?.getBoundingClientRect();
    if (!box || !(box.width > 0) || !(box.height > 0)) return null;
    const place = { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
    return [place.x, place.y].every((part) => part >= 0 && part <= 1) ? place : null;
  }

  /** @param {{x: number, y: number} | null} place @param {string[]} pressed @param {number} timeStamp */
  change(place, pressed, timeStamp) {
    const moved = place !== null && (place.x !== this.place?.x || place.y !== this.place?.y);
    if (!moved && pressed.join() === this.pressed.join()) return;
    this.place = place;
    this.pressed = pressed;
    this.post({ type: "pointer", ...place, buttons: [...pressed], at: this.timeOrigin + timeStamp });
  }
}
