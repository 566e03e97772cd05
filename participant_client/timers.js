/** Timers that end together, with what they are for. */

export class Timers {
  constructor() {
    this.running = [];
    this.stopped = false;
  }

  /** @param {number} delayMs @param {() => void} task */
  after(delayMs, task) {
    if (!this.stopped) this.running.push(setTimeout(task, delayMs));
  }

  /** @param {number} intervalMs @param {() => void} task */
  every(intervalMs, task) {
    if (!this.stopped) this.running.push(setInterval(task, intervalMs));
  }

  /** None of them runs any more, and none begins: what is said in passing may come when all is over. */
  stop() {
    this.stopped = true;
    for (const timer of this.running) clearTimeout(timer);
  }
}
