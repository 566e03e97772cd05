/**
 * What is wrong, why, and what to do: read from the state. Pure.
 *
 * @typedef {{key: string, severity: 'bad'|'warn', title: string, where: string, advice: string,
 *   detail?: string}} Problem
 */
import { groups, isGone, isSilent, labelOf, unsafeMs } from './model.js';
import { counted, duration, secondOfDay } from './words.js';

/** Where a number starts to matter; each is a choice, explained beside it. */
export const LIMITS = {
  /** A key of the partner arrives later than most input delays and short rollbacks hide. */
  pingMs: 250,
  /** Below this share of the wanted frames a second, people see the game stutter. */
  fpsShare: 0.8,
  /** A chunk leaves about once a second; with this much outstanding, several did not arrive. */
  unsafeMs: 5000,
};

/** @param {import('./state.js').State} state @returns {Problem[]} the gravest first */
export function problems(state) {
  const { running, over } = groups(state);
  const found = [
    ...running.flatMap((group) => [...matchProblems(group), ...group.rows.flatMap((row) => seatProblems(row, group, state))]),
    ...over.flatMap(matchProblems),
    ...Object.entries(state.facts.refused ?? {}).map(refusedMessages),
  ];
  return found.sort((a, b) => Number(b.severity === 'bad') - Number(a.severity === 'bad'));
}

/** @param {import('./model.js').MatchGroup} group @returns {Problem[]} */
function matchProblems({ match, rows, label }) {
  /** @type {Problem[]} */
  const found = [];
  if (match.desync) {
    const { episode, frame, column, kind, part } = match.desync;
    const place = [Number.isInteger(episode) && `episode ${episode + 1}`, Number.isInteger(frame) && `frame ${frame}`, (column ?? kind)?.replaceAll('_', ' '), part && `in ${part}`];
    found.push({
      key: `${match.match_id}/desync`,
      severity: 'bad',
      title: 'The records of the seats differ',
      where: [label, ...place.filter(Boolean)].join(', '),
      advice: 'Do not use this match as it is. The environment does something that its seed and inputs do not decide; '
        + 'gym-kiosk compare names the first difference between two exported files.',
    });
  }
  if (match.error) found.push(environmentError(match, label));
  else if (match.state === 'ENDED' && match.end_reason === 'TECH_PROBLEM') {
    found.push({
      key: `${match.match_id}/tech`,
      severity: 'bad',
      title: 'A match ended for a technical reason',
      where: label,
      advice: 'What was recorded until then is stored. Ask the participants to open the address again.',
    });
  }
  if (match.state === 'ENDED' && match.end_reason === 'PARTNER_LEFT') {
    const left = rows.find((row) => row.index === match.left_seat || row.seat === match.left_seat);
    found.push({
      key: `${match.match_id}/left`,
      severity: 'warn',
      title: `${left ? labelOf(left) : 'A participant'} left during a match`,
      where: label,
      advice: 'The partner was told and has a code. The data up to that moment is stored.',
    });
  }
  if (match.state === 'PLAYING') {
    const gone = rows.filter(isGone);
    if (gone.length) {
      found.push({
        key: `${match.match_id}/without`,
        severity: 'warn',
        title: `${gone.map(labelOf).join(', ')} left during a match`,
        where: label,
        advice: 'The others end or go on as multiplayer.after_departure says. The rows from then on say who plays.',
      });
    }
  }
  return found;
}

/**
 * The study's own code has failed in a browser: the researcher can mend it, participants are only told that it failed.
 *
 * @param {Object<string, any>} match
 * @param {string} label
 * @returns {Problem}
 */
function environmentError(match, label) {
  const { seat, episode, frame, message, traceback } = match.error;
  return {
    key: `${match.match_id}/environment`,
    severity: 'bad',
    title: `The environment failed: ${message}`,
    where: `${label}, seat ${seat}, episode ${episode + 1}, frame ${frame}`,
    advice: 'What was recorded until then is stored, and the participants were told. Mend the environment before others play.',
    detail: traceback,
  };
}

/**
 * @param {Object<string, any>} row
 * @param {import('./model.js').MatchGroup} group
 * @param {import('./state.js').State} state
 * @returns {Problem[]}
 */
function seatProblems(row, { match, rows, label }, state) {
  const where = `${label}, ${labelOf(row)}`;
  const key = `${match.match_id}/${row.participant_id}`;
  const wantedFps = state.facts.scenes?.[match.scene_id]?.fps;
  /** @type {Problem[]} */
  const found = [];
  if (row.state === 'away') {
    found.push({
      key: `${key}/away`,
      severity: 'bad',
      title: 'Out of the game',
      where,
      advice: 'The game goes on without this participant. The page comes back by itself as soon as its '
        + 'connection does. In the lab: check the cable, and whether the page is open and the computer awake.',
    });
    return found;
  }
  if ((row.state === 'interrupted' || row.connected === false) && !isGone(row)) {
    found.push({
      key: `${key}/interrupted`,
      severity: 'bad',
      title: 'Connection lost',
      where,
      advice: 'The match waits for this participant to come back, and ends when the reconnection time is over. '
        + 'In the lab: check the cable and whether the page is still open.',
    });
    return found;
  }
  if (match.state !== 'PLAYING' || isGone(row)) return found;
  if (isSilent(row)) {
    const by = row.silent.map((/** @type {{by: string}} */ { by }) => labelOf(state.participants.get(by) ?? { label: by }));
    const since = row.silent.map((/** @type {Object<string, any>} */ said) => Date.parse(said.at_utc) - said.silent_ms);
    found.push({
      key: `${key}/silent`,
      severity: 'bad',
      title: `Not heard by ${by.join(', ')} since ${secondOfDay(Math.min(...since))}`,
      where,
      advice: 'Nothing of this participant arrives there on any path. The match waits until the reconnection time is '
        + 'over. In the lab: check the cable, and whether the page is open and the computer awake.',
    });
  }
  // While everybody waits for who is not heard, speed and ping tell nothing.
  const waits = rows.some(isSilent);
  if (!waits && row.ping_ms > LIMITS.pingMs) {
    found.push({
      key: `${key}/ping`,
      severity: 'warn',
      title: `Slow connection, ${Math.round(row.ping_ms)} ms`,
      where,
      advice: 'The partner’s moves arrive late and are corrected. An input delay of 2 to 4 frames makes this calmer.',
    });
  }
  if (!waits && wantedFps && typeof row.fps === 'number' && row.fps < wantedFps * LIMITS.fpsShare) {
    found.push({
      key: `${key}/fps`,
      severity: 'warn',
      title: `Slow computer, ${row.fps.toFixed(0)} of ${wantedFps} frames per second`,
      where,
      advice: 'Close other programs there, or ask for less with rendering.fps.',
    });
  }
  const unsafe = unsafeMs(row, match, state) ?? 0;
  if (unsafe > LIMITS.unsafeMs) {
    found.push({
      key: `${key}/unsafe`,
      severity: 'warn',
      title: `${duration(unsafe)} of play not stored yet`,
      where,
      advice: 'The page keeps it and sends it again. Leave the page open until this has gone.',
    });
  }
  return found;
}

/** @param {[string, number]} refused what was refused, and how often @returns {Problem} */
function refusedMessages([code, count]) {
  return {
    key: `refused/${code}`,
    severity: 'warn',
    title: `${counted(count, 'message')} from participants’ pages refused`,
    where: code.replaceAll('_', ' '),
    advice: 'Usually a page that was open before the server was started again: let the participant load it anew.',
  };
}
