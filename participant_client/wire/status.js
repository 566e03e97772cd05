/** How a page plays, told to the researcher's monitor about once a second. */

const FIELDS = [
  "episode", "frame", "confirmed", "stable", "rollbacks", "max_rollback_depth", "stalls", "ping_ms", "fps",
];

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
