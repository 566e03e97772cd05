/** How a page plays, told to the researcher's monitor: about once a second, and when a partner falls silent. */

const FIELDS = [
  "episode", "frame", "confirmed", "stable", "rollbacks", "max_rollback_depth", "stalls", "ping_ms", "fps",
  "silent_ms",
];

export class StatusLine {
  /**
   * @param {object} options
   * @param {import("./socket.js").StudySocket} options.socket
   * @param {string} options.matchId
   * @param {() => string | null} options.connectionType
   * @param {() => boolean} options.wanted Whether the match still goes on here.
   */
  constructor(options) {
    Object.assign(this, options);
    /** @type {Record<string, any>} The worker's latest figures. */
    this.stats = {};
  }

  /** @param {Record<string, any>} stats The worker's figures. */
  take(stats) {
    const news = whoIsSilent(stats) !== whoIsSilent(this.stats);
    this.stats = stats;
    // The researcher may look after a cable: no second is lost.
    if (news) this.send();
  }

  /** An episode begins: until its first figures those of the last one are told, but not who was silent then. */
  begin() {
    this.stats = { ...this.stats, silent_ms: {} };
  }

  send() {
    if (!this.wanted() || this.stats.frame === undefined) return;
    this.socket.send("status", statusOf(this.matchId, this.stats, this.connectionType()));
  }
}

/**
 * @param {string} matchId
 * @param {Record<string, any>} stats The worker's figures.
 * @param {string | null} connectionType
 * @returns {object} The `status` message; null where a figure is not known.
 */
export function statusOf(matchId, stats, connectionType) {
  const status = { match_id: matchId, connection_type: connectionType };
  for (const field of FIELDS) status[field] = stats[field] ?? null;
  return status;
}

function whoIsSilent(stats) {
  return Object.keys(stats.silent_ms ?? {}).join();
}
