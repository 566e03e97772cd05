/**
 * From what is known to what is shown: groups of rows, counts, the newest safe moment. Pure.
 *
 * @typedef {import('./state.js').State} State
 * @typedef {Object<string, any>} Fields
 * @typedef {{match: Fields, rows: Fields[], label: string}} MatchGroup
 * @typedef {{sceneId: string, rows: Fields[]}} Hold
 */

const GONE = new Set(['completed', 'no_consent', 'screened_out', 'failed_quiz', 'lobby_timeout', 'partner_left',
  'dropped_out', 'excluded', 'overbooked', 'withdrawn', 'tech_problem', 'ended']);
const WAITING = new Set(['waiting']);
const PLAYING = new Set(['matched', 'validating', 'playing', 'paused', 'interrupted', 'away', 'returning']);

/** @param {Fields} participant @returns {boolean} whether this participant's part is over */
export const isGone = (participant) => GONE.has(participant.state);
/** @param {Fields} participant */
export const isWaiting = (participant) => WAITING.has(participant.state);
/** @param {Fields} participant */
export const isPlaying = (participant) => PLAYING.has(participant.state);
/** @param {Fields} participant @returns {boolean} whether some partner's page has heard nothing of this one for seconds */
export const isSilent = (participant) => (participant.silent ?? []).length > 0;
/** @param {Fields} match */
export const isOver = (match) => match.state === 'ENDED';

/**
 * @param {State} state
 * @returns {{running: MatchGroup[], over: MatchGroup[], waiting: Fields[], elsewhere: Fields[], left: Fields[]}}
 *   running and finished matches with their seats, who waits, who reads or loads, who left without a match
 */
export function groups(state) {
  const participants = [...state.participants.values()];
  const labelled = [...state.matches.values()].map((match, index) => ({
    match,
    label: match.label ?? `Match ${match.number ?? index + 1}`,
    rows: seatRows(match, state),
  }));
  // Whose match is over and who goes on with other scenes stands with those outside a match again.
  const within = labelled.filter(({ match }) => !isOver(match)).flatMap(({ rows }) => rows);
  const playing = new Set(within.map((row) => row.participant_id));
  const seated = new Set(labelled.flatMap(({ rows }) => rows.map((row) => row.participant_id)));
  const others = participants
    .filter((row) => !seated.has(row.participant_id) || (!playing.has(row.participant_id) && !isGone(row)))
    .map((row) => (seated.has(row.participant_id) ? withoutNumbers(row) : row));
  return {
    running: labelled.filter(({ match }) => !isOver(match)),
    over: labelled.filter(({ match }) => isOver(match)).reverse(),
    waiting: others.filter(isWaiting),
    elsewhere: others.filter((participant) => !isWaiting(participant) && !isGone(participant)),
    left: others.filter(isGone),
  };
}

/** @param {Fields} match @param {State} state @returns {Fields[]} one row a seat: the participant, with seat and role */
function seatRows(match, state) {
  const seats = match.seats ?? [];
  const named = seats.map((/** @type {Fields} */ seat) => ({
    ...numbersIn(match, state.participants.get(seat.participant_id)),
    ...seat,
  }));
  return named.map((/** @type {Fields} */ row) => ({
    ...row,
    partners: named.filter((/** @type {Fields} */ other) => other !== row).map(labelOf),
  }));
}

/**
 * A participant's numbers belong to the match played last; an earlier match keeps only who it was.
 *
 * @param {Fields} match @param {Fields|undefined} participant @returns {Fields}
 */
function numbersIn(match, participant) {
  if (!participant || participant.match_id === match.match_id) return participant ?? {};
  return { participant_id: participant.participant_id, label: participant.label, state: 'ended' };
}

/** @param {Fields} participant @returns {Fields} without what belongs to a match that is over */
function withoutNumbers(participant) {
  const kept = ['participant_id', 'label', 'state', 'since_utc', 'connected', 'scene_id', 'scene_type', 'progress',
    'condition', 'hand_raised_utc', 'waiting_timeout_ms'];
  return Object.fromEntries(kept.map((key) => [key, participant[key]]));
}

/** @param {State} state @returns {Fields[]} whose hand is up, the longest first */
export function hands(state) {
  const raised = [...state.participants.values()].filter((row) => row.hand_raised_utc);
  return raised.sort((a, b) => Date.parse(a.hand_raised_utc) - Date.parse(b.hand_raised_utc));
}

/** @param {State} state @returns {Hold[]} the hold scenes in which somebody waits, with who does */
export function holds(state) {
  /** @type {Map<string, Fields[]>} */
  const found = new Map();
  for (const row of state.participants.values()) {
    if (row.state === 'holding') found.set(row.scene_id, [...(found.get(row.scene_id) ?? []), row]);
  }
  return [...found].map(([sceneId, rows]) => ({ sceneId, rows }));
}

/** @param {Fields} participant @returns {string} what the researcher calls this participant */
export function labelOf(participant) {
  return String(participant.label || participant.participant_id || '–');
}

/**
 * @param {State} state
 * @returns {{waiting: number, playing: number, completed: number, matches: number, unsafeMs: number|null}}
 *   `unsafeMs`: the most play of any seat that the server has not stored yet; null: nobody plays
 */
export function summary(state) {
  const participants = [...state.participants.values()];
  const { running } = groups(state);
  const ages = running.flatMap(({ match, rows }) => rows.map((row) => unsafeMs(row, match, state)));
  const known = ages.filter((age) => age !== null);
  return {
    waiting: participants.filter(isWaiting).length,
    playing: participants.filter(isPlaying).length,
    completed: participants.filter((row) => row.state === 'completed').length,
    matches: running.length,
    unsafeMs: known.length > 0 ? Math.max(...known) : null,
  };
}

/** A page says once a second how far it is, so it may have played so much more by now. */
const REPORT_INTERVAL_MS = 1000;

/**
 * How much play of a seat at most is not stored yet. Frames leave about once a second, so a second or two is the rule.
 *
 * @param {Fields} row @param {Fields} match @param {State} state
 * @returns {number|null} milliseconds; null when this seat does not play now
 */
export function unsafeMs(row, match, state) {
  const fps = state.facts.scenes?.[match.scene_id]?.fps;
  if (match.state !== 'PLAYING' || row.state !== 'playing' || !fps || typeof row.frame !== 'number') return null;
  return Math.max(0, ((row.frames_played - row.acknowledged_frames) / fps) * 1000) + REPORT_INTERVAL_MS;
}
