// Stand-ins for what the page is given: a clock with timers that runs when told, and promises that have settled.

/** A clock at 0 ms whose timers fire only in `advance`. */
export class FakeClock {
  constructor() {
    this.ms = 0;
    this.timers = [];
    this.now = () => this.ms;
    this.setTimer = (task, delayMs) => {
      const timer = { task, due: this.ms + delayMs };
      this.timers.push(timer);
      return timer;
    };
    this.clearTimer = (timer) => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  advance(ms) {
    const until = this.ms + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.clearTimer(next);
      this.ms = Math.max(this.ms, next.due);
      next.task();
    }
    this.ms = until;
  }
}

/** Lets everything that waits for a promise go on. */
export function settled() {
  return new Promise((done) => setImmediate(done));
}

export function bytes(...values) {
  return new Uint8Array(values).buffer;
}

/** Session storage in memory. */
export class FakeStorage {
  constructor() {
    this.values = new Map();
  }

  getItem(key) {
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    this.values.set(key, value);
  }

  removeItem(key) {
    this.values.delete(key);
  }
}
