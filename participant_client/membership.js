/**
 * The page's part in who takes part in a match: it carries what the server and the worker have to say to each other
 * about it, in order and for certain, and fetches the input log for a seat that comes back.
 */

import { RequestRefused } from "./wire/socket.js";

/** The server's input log grows about once a second; asked for more often it would say the same. */
const LOG_INTERVAL_MS = 1000;
/** Said of a match or an episode that does not play: there is nothing to decide about then. */
const QUIET_REFUSALS = ["not_playing", "match_over", "not_donating", "asked_before", "other_episode"];

export class MembershipLine {
  /**
   * @param {object} options
   * @param {import("./wire/socket.js").StudySocket} options.socket
   * @param {any} options.matched The server's `matched` message.
   * @param {(message: object) => void} options.post To the worker.
   * @param {() => boolean} options.wanted Whether the match still goes on here.
   * @param {() => void} options.onRefused The server does not let this seat come back.
   * @param {(error: Error) => void} options.onError
   * @param {(ms: number) => Promise<void>} [options.pause]
   */
  constructor(options) {
    Object.assign(this, options);
    this.matchId = options.matched.match_id;
    this.pause = options.pause ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
    /** The newest change of the members that has come in. */
    this.view = options.matched.rejoin?.commits.at(-1)?.view ?? 0;
    /** Whether the match ends with the episode that is being played. */
    this.final = false;
    this.line = Promise.resolve();
    this.logAsked = false;
  }

  /** @param {object} message The worker's. */
  say(message) {
    this.line = this.line.then(() => this.tell(message)).catch(this.onError);
  }

  /**
   * The connection to the server was down: it repeats what was missed.
   * @param {number} episode The last one that has begun, -1 for none.
   */
  back(episode) {
    // Beside the line: what waits there may be an answer to what the server has taken back meanwhile.
    this.tell({ kind: "back", view: this.view, epoch: episode }).catch(this.onError);
  }

  /**
   * @param {any} message The server's.
   * @param {import("./transport/mesh.js").Mesh} mesh Who comes back is reached anew; who has left is not any more.
   */
  hear(message, mesh) {
    this.post({ type: "membership", message });
    if (message.kind === "observe" && message.seat !== this.matched.seat) {
      if (message.on) mesh.welcome(message.seat);
      else mesh.drop(message.seat);
    }
    // A commit may be repeated, and who left with it may be back since.
    if (message.kind !== "commit" || message.view <= this.view) return;
    this.view = message.view;
    this.final ||= message.final !== null;
    for (const seat of Object.keys(message.drop)) mesh.drop(Number(seat));
  }

  /**
   * Bring parts of a state to a seat that comes back, behind what was said of it; the worker waits for the answers, so
   * that few of them are ever under way.
   *
   * @param {{to: number, epoch: number, frame: number, index: number, data: ArrayBuffer}[]} parts
   */
  sendParts(parts) {
    for (const part of parts) this.line.then(() => this.sendPart(part)).catch(this.onError);
  }

  async sendPart({ to, epoch, frame, index, data }) {
    let kept = true;
    try {
      await this.socket.request("state_part", { match_id: this.matchId, to, epoch, frame, index, data });
    } catch {
      kept = false; // whoever comes back steps instead, as soon as no part comes any more
    }
    this.post({ type: "part_taken", to, kept });
  }

  /** A part of a partner's state for this page, which comes back. @param {any} part The server's message. */
  hearPart({ epoch, frame, index, data }) {
    this.post({ type: "part", epoch, frame, index, data });
  }

  /** Bring the input log of an episode to the worker. @param {number} episode */
  async fetchLog(episode) {
    if (this.logAsked) await this.pause(LOG_INTERVAL_MS);
    this.logAsked = true;
    if (!this.wanted()) return;
    try {
      const request = { match_id: this.matchId, episode };
      const { ok: _, ...log } = (await this.socket.insist("input_log", request, this.wanted)) ?? {};
      if (this.wanted()) this.post({ type: "join", log: { ...log, episode } });
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      console.warn(`The input log was refused (${error.code}): ${error.message}`);
      if (this.wanted()) this.onRefused();
    }
  }

  tell(message) {
    const payload = { match_id: this.matchId, message };
    return this.socket.bring("membership", payload, { stillWanted: this.wanted, quiet: QUIET_REFUSALS });
  }
}

/**
 * @param {any} matched The server's `matched` message.
 * @returns {number[]} The other seats whose people are there: all, or those who are left when this page comes back.
 */
export function partnersOf(matched) {
  let present = matched.people ?? matched.seats.map((_, index) => index);
  for (const { drop, activate } of matched.rejoin?.commits ?? []) {
    present = present.filter((seat) => !(seat in drop)).concat(Object.keys(activate).map(Number));
  }
  return present.filter((seat) => seat !== matched.seat).sort((a, b) => a - b);
}

/**
 * @param {{episode: number, through: number, seq: number}} recorded What the server has of a seat that comes back.
 * @param {import("./upload/chunk_store.js").StoredChunk | null} kept The newest chunk that is still on its way.
 * @returns {{episode: number, through: number, seq: number}} What it will have.
 */
export function recordedWith(recorded, kept) {
  if (!kept || kept.seq < recorded.seq) return recorded;
  return { episode: kept.episode, through: kept.last_frame, seq: kept.seq + 1 };
}
