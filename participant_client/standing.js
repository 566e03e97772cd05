/**
 * Why the picture stands still, if it does, and what has just become of the others: what is said over the picture.
 *
 * It knows no words and draws nothing; `screens/` does. `match.js` tells it what happens and asks it.
 */

/** How long the picture may stand still before the participant is told why. */
const STALL_SHOWN_AFTER_MS = 500;

/** @typedef {"evicted" | "coming_back" | "paused" | "interrupted" | "stalled" | "break"} Reason */

export class Standing {
  /** @param {any} matched The server's `matched` message. */
  constructor({ seat, setup, rejoin }) {
    this.seat = seat;
    // Where a departure ends the match, that is said on a page of its own.
    this.tellsDepartures = (setup.after_departure ?? "end") !== "end";
    /** This page was loaded again while the match plays, and the worker has not taken part again yet. */
    this.catchingUp = Boolean(rejoin);
    this.paused = false;
    /** The match goes on without this seat. */
    this.evicted = false;
    /** This page is about to be loaded again, to come back to the match. */
    this.goesBack = false;
    /** @type {Set<number>} Seats from which nothing comes in, by any way. */
    this.silent = new Set();
    /** @type {Set<number>} Seats that have lost the server. */
    this.offline = new Set();
    /** @type {Set<number>} Seats that the game goes on without. */
    this.absent = new Set();
    /** @type {number | null} */
    this.stalledSince = null;
  }

  /** A new episode: how the last one stood says nothing any more. */
  begin() {
    this.stalledSince = null;
    this.silent.clear();
  }

  /** @param {{stalled: boolean, paused?: boolean, catching_up?: boolean}} stats The worker's. @param {number} now */
  onStats({ stalled, paused = false, catching_up: catchingUp = false }, now) {
    if (!stalled) this.stalledSince = null;
    else this.stalledSince ??= now;
    this.paused = paused;
    this.catchingUp = catchingUp;
  }

  /**
   * @param {{name: string, seat?: number}} event One of the engine's.
   * @returns {{kind: "dropped" | "rejoined", seat: number} | null} What the participant is told in passing.
   */
  onEvent({ name, seat }) {
    if (name === "interrupted") this.silent.add(seat);
    if (name === "resumed") this.silent.delete(seat);
    if (name === "unstalled") this.stalledSince = null;
    if (name === "evicted") this.evicted = true;
    if (name !== "dropped" && name !== "rejoined") return null;
    this.silent.delete(seat);
    if (name === "dropped") this.absent.add(seat);
    else this.absent.delete(seat);
    return seat === this.seat || (name === "dropped" && !this.tellsDepartures) ? null : { kind: name, seat };
  }

  /**
   * @param {number} seat
   * @param {"interrupted" | "resumed"} state What the server says of a partner's connection to it.
   */
  onPartner(seat, state) {
    if (state === "interrupted") this.offline.add(seat);
    else this.offline.delete(seat);
  }

  /**
   * @param {string} scene The page's.
   * @param {Record<string, string>} connections How each partner is reached.
   * @param {number} now Milliseconds of the page's clock.
   * @returns {Reason | null} What to say over the picture.
   */
  reason(scene, connections, now) {
    if (this.evicted) return this.goesBack ? "coming_back" : "evicted";
    if (this.catchingUp) return "coming_back";
    const missing = [...this.offline].filter((seat) => !this.absent.has(seat));
    if (scene === "break") return missing.length > 0 ? "stalled" : "break";
    if (this.paused) return "paused";
    if (this.silent.size > 0) return "interrupted";
    // Figures come twice a second, a little early at times.
    if (this.stalledSince !== null && now - this.stalledSince >= STALL_SHOWN_AFTER_MS - 50) return "stalled";
    // Who has lost the server may still be playing by the channel; only without one does the server know better.
    return missing.some((seat) => connections[seat] === "server") ? "stalled" : null;
  }
}
