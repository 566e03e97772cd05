/**
 * What the page knows: the server's snapshot, kept current by patches. Pure functions; connection.js feeds them.
 *
 * @typedef {Object<string, any>} Fields
 * @typedef {{path: string[], value: any}} Patch
 * @typedef {{facts: Fields, participants: Map<string, Fields>, matches: Map<string, Fields>,
 *   pings: Map<string, number[]>, clockOffsetMs: number}} State
 */

/** Pings kept for the small curve beside the number; one arrives a second. */
export const CURVE_POINTS = 40;

const KEYED = /** @type {const} */ ({ participants: 'participant_id', matches: 'match_id' });

/**
 * @param {Fields} snapshot
 * @param {number} nowMs this page's clock when the snapshot arrived
 * @param {State|null} before what the page knew until now; its ping curves go on
 * @returns {State}
 */
export function fromSnapshot(snapshot, nowMs, before = null) {
  const { participants, matches, ...facts } = snapshot;
  return {
    facts,
    participants: keyed(participants, KEYED.participants),
    matches: keyed(matches, KEYED.matches),
    pings: before ? before.pings : new Map(),
    clockOffsetMs: (snapshot.server_time_ms ?? nowMs) - nowMs,
  };
}

/**
 * @param {State} state
 * @param {Patch} patch the whole new value of what its path names; null takes it away
 * @returns {State} a new state; the given one is unchanged
 */
export function applyPatch(state, patch) {
  const [area, id, ...inner] = patch.path;
  if (!Object.hasOwn(KEYED, area)) {
    return { ...state, facts: placed(state.facts, patch.path, patch.value) };
  }
  const next = new Map(state[area]);
  if (inner.length > 0) {
    next.set(id, placed(next.get(id) ?? {}, inner, patch.value));
  } else if (patch.value === null) {
    next.delete(id);
  } else {
    next.set(id, patch.value);
  }
  const pings = area === 'participants' ? withPing(state.pings, id, next.get(id)) : state.pings;
  return { ...state, [area]: next, pings };
}

/** @param {Fields[]|undefined} rows @param {string} key */
function keyed(rows, key) {
  return new Map((rows ?? []).map((row) => [String(row[key]), row]));
}

/** @param {Fields} object @param {string[]} path @param {any} value @returns {Fields} */
function placed(object, path, value) {
  const [key, ...rest] = path;
  return { ...object, [key]: rest.length === 0 ? value : placed(object[key] ?? {}, rest, value) };
}

/** @param {Map<string, number[]>} pings @param {string} id @param {Fields|undefined} participant */
function withPing(pings, id, participant) {
  const next = new Map(pings);
  if (!participant) {
    next.delete(id);
  } else if (typeof participant.ping_ms === 'number') {
    next.set(id, [...(next.get(id) ?? []), participant.ping_ms].slice(-CURVE_POINTS));
  }
  return next;
}
