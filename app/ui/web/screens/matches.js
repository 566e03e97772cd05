/** The table of everybody: running matches, people outside a match, finished matches. */
import { html } from '../html.js';
import { isPlaying, isSilent, labelOf, unsafeMs } from '../live/model.js';
import { LIMITS } from '../live/problems.js';
import { conditionWords, duration, grouped, missing, number, pathWord, stateWord, timeOfDay } from '../live/words.js';
import { Curve } from './curve.js';
import { roleWord } from './summary.js';

/** Column heads with what they mean, unit included. @type {[string, string, string][]} */
const COLUMNS = [
  ['Participant', 'The participant and who the partner is', ''],
  ['Role', 'The role, and the seat in the environment', ''],
  ['Scene', 'Where the participant is, and which step of how many this is', ''],
  ['State', 'What the participant does now', ''],
  ['Episode', 'Run of the environment, of how many', 'num'],
  ['Frame', 'Environment steps shown in this episode', 'num'],
  ['Ping', 'Round trip to the partner in milliseconds, and its course over the last 40 seconds', 'num'],
  ['Speed', 'Frames per second reached', 'num'],
  ['Rollbacks', 'How often frames were corrected, and the most frames corrected at once', 'num'],
  ['Stalls', 'How often the game waited for the partner’s inputs', 'num'],
  ['Path', 'How the partner is reached: direct, through a TURN server, or through this server', ''],
  ['Stored', 'Frames of this match stored of this seat', 'num'],
];

/**
 * @param {{groups: ReturnType<import('../live/model.js').groups>, state: import('../live/state.js').State}} props
 */
export function Matches({ groups, state }) {
  const { running, over, elsewhere, left } = groups;
  const outside = [...groups.waiting, ...elsewhere];
  return html`
    ${(running.length > 0 || outside.length > 0) && html`
      <section class="card table-card" aria-label="Participants">
        <${Table}>
          ${running.map((group) => html`<${MatchRows} key=${group.match.match_id} group=${group} state=${state} />`)}
          ${outside.length > 0 && html`
            <tbody class="outside"><${GroupHead} title="Not in a match" detail="reading, answering, loading or waiting" />
              ${outside.map((row) => html`<${Row} key=${row.participant_id} row=${row} state=${state} />`)}</tbody>`}
        <//>
      </section>`}
    ${(over.length > 0 || left.length > 0) && html`
      <details class="card table-card over" open=${running.length + outside.length === 0}>
        <summary><h2>Finished</h2> <span class="count">${over.length}</span></summary>
        <${Table}>
          ${over.map((group) => html`<${MatchRows} key=${group.match.match_id} group=${group} state=${state} />`)}
          ${left.length > 0 && html`
            <tbody class="outside"><${GroupHead} title="Left without a match" detail="" />
              ${left.map((row) => html`<${Row} key=${row.participant_id} row=${row} state=${state} />`)}</tbody>`}
        <//>
      </details>`}`;
}

/** @param {{children: any}} props */
function Table({ children }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of participants"><table>
    <thead><tr>${COLUMNS.map(([name, meaning, kind]) => html`<th scope="col" class=${kind} title=${meaning}>${name}</th>`)}</tr></thead>
    ${children}</table></div>`;
}

/** @param {{title: string, detail: any, children?: any}} props */
function GroupHead({ title, detail, children }) {
  return html`<tr class="group"><th scope="rowgroup" colspan=${COLUMNS.length}>
    <div><strong>${title}</strong><span class="detail">${detail}</span>${children}</div></th></tr>`;
}

/** @param {{group: import('../live/model.js').MatchGroup, state: import('../live/state.js').State}} props */
function MatchRows({ group, state }) {
  const { match, rows, label } = group;
  const plan = state.facts.scenes?.[match.scene_id];
  const { text, tone } = matchWord(match);
  const frame = match.frame ?? 0;
  const playing = match.state === 'PLAYING';
  return html`
    <tbody class=${`match ${match.desync ? 'bad' : ''}`}>
      <${GroupHead} title=${label} detail=${html`
          <span class=${`chip small ${tone}`}><span class="dot"></span>${text}</span>
          ${match.desync && html`<span class="chip small bad"><span class="dot"></span>Records differ</span>`}
          ${match.condition && html`<span title="Condition">${conditionWords(match.condition)}</span>`}
          <span>${when(match)}</span>`}>
        ${playing && plan && html`
          <span class="course">
            <span>${`Episode ${(match.episode ?? 0) + 1} of ${plan.num_episodes}`}</span>
            <progress max=${plan.max_steps} value=${Math.min(frame, plan.max_steps)} aria-label="Episode"></progress>
            <span class="digits">${duration(Math.max(0, plan.max_steps - frame) / plan.fps * 1000)} left</span>
          </span>`}
      <//>
      ${rows.map((row) => html`<${Row} key=${row.participant_id} row=${row} state=${state} plan=${plan} match=${match} />`)}
    </tbody>`;
}

/** @param {Object<string, any>} row @param {boolean} playing @returns {string} what the chip says */
function shownState(row, playing) {
  if (!playing || row.state === 'away') return row.state;
  if (row.connected === false) return 'interrupted';
  return row.state === 'playing' && isSilent(row) ? 'silent' : row.state;
}

/**
 * @param {Object<string, any>} row
 * @param {Object<string, any>|undefined} match
 * @returns {number|null|undefined} steps of this episode: as reported a moment ago, or all of them once a match is over
 */
function frameOf(row, match) {
  const stopped = match?.end_reason === 'COMPLETED' && row.match_id === match.match_id;
  return stopped && typeof match.frame === 'number' ? match.frame + 1 : row.frame;
}

/** @param {Object<string, any>} match @returns {string} from when to when, on this computer's clock */
function when(match) {
  const began = timeOfDay(match.started_utc ?? match.created_utc);
  return match.ended_utc ? `${began} to ${timeOfDay(match.ended_utc)}` : `since ${began}`;
}

/** @param {Object<string, any>} match @returns {{text: string, tone: string}} */
function matchWord(match) {
  if (match.state !== 'ENDED') return stateWord(match.state);
  if (match.end_reason === 'COMPLETED') return { text: 'Completed', tone: 'good' };
  return stateWord(match.end_reason ?? 'ended');
}

/**
 * @param {{row: Object<string, any>, state: import('../live/state.js').State, plan?: Object<string, any>,
 *   match?: Object<string, any>}} props
 */
function Row({ row, state, plan, match }) {
  const playing = isPlaying(row) && match?.state === 'PLAYING';
  const { text, tone } = stateWord(shownState(row, playing));
  const slow = playing && plan && row.fps < plan.fps * LIMITS.fpsShare;
  const late = row.ping_ms > LIMITS.pingMs;
  const behind = match && (unsafeMs(row, match, state) ?? 0) > LIMITS.unsafeMs;
  return html`
    <tr class=${`seat ${tone}`}>
      <th scope="row"><span class="name">${labelOf(row)}</span>
        ${row.hand_raised_utc && html`<span class="chip small wait"><span class="dot"></span>Hand up</span>`}
        ${row.partners?.length > 0 && html`<span class="sub">with ${row.partners.join(', ')}</span>`}</th>
      <td>${row.role ? html`${roleWord(row.role)} <span class="sub">seat ${row.seat}</span>` : '–'}</td>
      <td class="place">${row.scene_id ?? '–'}
        ${row.progress && html`<span class="sub">${` ${row.progress.step} of ${row.progress.of}`}</span>`}
        ${!match && row.condition && html`<span class="sub under" title=${conditionWords(row.condition)}>
          ${conditionWords(row.condition)}</span>`}</td>
      <td><span class=${`chip small ${tone}`}><span class="dot"></span>${text}</span></td>
      <td class="num">${typeof row.episode === 'number' ? html`${row.episode + 1}<span class="sub">${plan ? ` / ${plan.num_episodes}` : ''}</span>` : '–'}</td>
      <td class="num">${number(frameOf(row, match))}</td>
      <td class=${`num ${late ? 'warn' : ''}`}><span class="ping">
        <${Curve} values=${playing ? state.pings.get(row.participant_id) ?? [] : []} />
        <span>${number(row.ping_ms)}${!missing(row.ping_ms) && html`<span class="sub"> ms</span>`}</span></span></td>
      <td class=${`num ${slow ? 'warn' : ''}`}>${number(row.fps)}${!missing(row.fps) && html`<span class="sub"> fps</span>`}</td>
      <td class="num">${grouped(row.rollbacks)}${row.max_rollback_depth > 0 && html`<span class="sub"> max ${row.max_rollback_depth}</span>`}</td>
      <td class="num">${grouped(row.stalls)}</td>
      <td>${pathWord(row.connection_type)}</td>
      <td class=${`num ${behind ? 'warn' : ''}`}>${match ? grouped(row.acknowledged_frames) : '–'}</td>
    </tr>`;
}
