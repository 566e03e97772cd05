/** Numbers and states as the researcher reads them. Pure. */

/** @typedef {'quiet'|'busy'|'wait'|'good'|'bad'} Tone */

/** The participant's state in one word, and how it is coloured. @type {Object<string, [string, Tone]>} */
const STATES = {
  invited: ['Invited', 'quiet'],
  arrived: ['Arrived', 'quiet'],
  reading: ['Reading', 'quiet'],
  holding: ['Held', 'wait'],
  loading: ['Loading', 'quiet'],
  consented: ['Consented', 'quiet'],
  instructed: ['Instructed', 'quiet'],
  waiting: ['Waiting', 'wait'],
  matched: ['Connecting', 'busy'],
  validating: ['Connecting', 'busy'],
  playing: ['Playing', 'busy'],
  paused: ['Paused', 'wait'],
  interrupted: ['Interrupted', 'bad'],
  silent: ['Not heard', 'bad'],
  away: ['Out of the game', 'bad'],
  returning: ['Coming back', 'wait'],
  survey: ['Survey', 'quiet'],
  ended: ['Ended', 'quiet'],
  completed: ['Completed', 'good'],
  no_consent: ['No consent', 'quiet'],
  screened_out: ['Screened out', 'quiet'],
  failed_quiz: ['Failed quiz', 'quiet'],
  lobby_timeout: ['Nobody came', 'wait'],
  partner_left: ['Partner left', 'wait'],
  dropped_out: ['Dropped out', 'bad'],
  excluded: ['Excluded', 'bad'],
  overbooked: ['Overbooked', 'quiet'],
  withdrawn: ['Withdrawn', 'quiet'],
  tech_problem: ['Technical problem', 'bad'],
};

/** @param {string|null|undefined} state @returns {{text: string, tone: Tone}} */
export function stateWord(state) {
  const key = String(state ?? '').toLowerCase();
  const [text, tone] = Object.hasOwn(STATES, key) ? STATES[key] : [capital(key.replaceAll('_', ' ')) || '–', 'quiet'];
  return { text, tone };
}

const PATHS = { direct: 'Direct', turn: 'TURN', server: 'Server' };

/** @param {string|null|undefined} type @returns {string} */
export function pathWord(type) {
  return Object.hasOwn(PATHS, String(type)) ? PATHS[type] : type ? String(type) : '–';
}

/** @param {Object<string, any>|null|undefined} condition @returns {string} "delay 2, layout ring", empty for none */
export function conditionWords(condition) {
  return Object.entries(condition ?? {}).map(([factor, level]) => `${factor} ${level}`).join(', ');
}

/** @param {any} value @returns {boolean} whether this is not a number to be shown */
export const missing = (value) => typeof value !== 'number' || !Number.isFinite(value);

/** @param {number|null|undefined} value @param {number} [digits] @returns {string} "–" for a missing value */
export function number(value, digits = 0) {
  return missing(value) ? '–' : /** @type {number} */ (value).toFixed(digits);
}

/** @param {number|null|undefined} count @returns {string} with a thin space between thousands */
export function grouped(count) {
  return missing(count) ? '–' : String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** @param {number} ms @returns {string} "0:07", "12:40", "1:02:09" */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** @param {string} utc ISO 8601 @returns {string} hours and minutes on this computer's clock */
export function timeOfDay(utc) {
  return new Date(utc).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** @param {number} ms milliseconds since 1970 @returns {string} hours, minutes and seconds on this computer's clock */
export function secondOfDay(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** @param {string} text @returns {string} */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {number} count @param {string} one @param {string} [many] @returns {string} "1 match", "3 matches" */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
