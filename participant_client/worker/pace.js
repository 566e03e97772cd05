/**
 * The pace of the match: a turn every frame time, on the worker's clock.
 *
 * @module
 */

/** After a pause longer than this many turns the missed ones are dropped; up to it they are made up one a turn. */
const MOST_LATE_TURNS = 2;

/** Calls back at a frame rate that each turn may slow a little. */
export class Pace {
  /**
   * @param {() => number} now milliseconds, monotonic
   * @param {() => number} turn one turn; returns the speed to go on at, 1 = nominal
   */
  constructor(now, turn) {
    this.now = now;
    this.turn = turn;
    this.period = 1000 / 30;
    this.due = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** Whether an episode is open: packets count, turns come or will come. */
    this.running = false;
  }

  /** @param {number} fps */
  setFps(fps) {
    this.period = 1000 / fps;
  }

  /** @param {number} at when the first turn is due */
  start(at) {
    this.running = true;
    this.due = at;
    this.schedule();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), Math.max(0, this.due - this.now()));
  }

  run() {
    const early = this.due - this.now();
    if (early > 1) return this.schedule(); // a timer may fire early by its own rounding
    const rate = this.turn();
    if (!this.running) return;
    this.due += this.period / rate;
    const late = this.now() - this.due;
    if (late > MOST_LATE_TURNS * this.period) this.due = this.now();
    this.schedule();
  }
}
