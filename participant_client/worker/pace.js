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
   * @param {() => number} turn one turn; returns the speed to go on at: 1 = nominal, Infinity = the next turn follows
   *   at once, after what waits to be heard
   * @param {(task: () => void) => void} [soon] runs a task after what waits to be heard
   */
  constructor(now, turn, soon = behindMessages()) {
    this.now = now;
    this.turn = turn;
    this.period = 1000 / 30;
    this.due = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.soon = soon;
    /** Whether an episode is open: packets count, turns come or will come. */
    this.running = false;
    this.hurried = false;
  }

  /** @param {number} fps */
  setFps(fps) {
    this.period = 1000 / fps;
  }

  /** @param {number} at when the first turn is due */
  start(at) {
    this.running = true;
    this.hurried = false;
    this.due = at;
    this.schedule();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  schedule() {
    clearTimeout(this.timer);
    if (this.hurried) this.soon(() => this.running && this.run());
    else this.timer = setTimeout(() => this.run(), Math.max(0, this.due - this.now()));
  }

  run() {
    const early = this.due - this.now();
    if (early > 1) return this.schedule(); // a timer may fire early by its own rounding
    const rate = this.turn();
    if (!this.running) return;
    this.hurried = rate === Infinity;
    this.due += this.period / rate;
    const late = this.now() - this.due;
    if (late > MOST_LATE_TURNS * this.period) this.due = this.now();
    this.schedule();
  }
}

/**
 * Timers that set themselves anew are held back for 4 ms; messages to oneself are not, and come behind the page's.
 *
 * @returns {(task: () => void) => void}
 */
function behindMessages() {
  /** @type {MessageChannel | undefined} */
  let channel;
  /** @type {(() => void)[]} */
  const waiting = [];
  return (task) => {
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    waiting.push(task);
    channel.port2.postMessage(null);
  };
}
