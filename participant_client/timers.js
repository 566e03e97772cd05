/** Timers that end together, with what they are for. */

export class Timers {
  constructor() {
    this.running = [];
  }

  /** @param {number} delayMs @param {() => void} task */
  after(delayMs, task) {
    this.running.push(setTimeout(task, delayMs));
  }

  /** @param {number} intervalMs @param {() => void} task */
  every(intervalMs, task) {
    this.running.push(setInterval(task, intervalMs));
  }

  /** None of them runs any more. */
  stop() {
    for (const timer of this.running) clearTimeout(timer);
  }
}
