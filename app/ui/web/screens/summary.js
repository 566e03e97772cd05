/** The summary: tiles, the list of problems, the waiting room. */
import { html } from '../html.js';
import { labelOf } from '../live/model.js';
import { LIMITS } from '../live/problems.js';
import { capital, counted, duration, number } from '../live/words.js';

/**
 * @param {{summary: ReturnType<import('../live/model.js').summary>, problems: import('../live/problems.js').Problem[],
 *   facts: Object<string, any>}} props
 */
export function Tiles({ summary, problems, facts }) {
  const { unsafeMs } = summary;
  const bad = problems.some((problem) => problem.severity === 'bad');
  return html`
    <section class="tiles" aria-label="Summary">
      <${Tile} name="Waiting" value=${summary.waiting} note=${facts.seats?.length === 0 ? 'no game in this study' : `of ${facts.seats?.length ?? '–'} for a match`}
        tone=${summary.waiting > 0 ? 'wait' : ''} />
      <${Tile} name="Playing" value=${summary.playing} note=${counted(summary.matches, 'match', 'matches')}
        tone=${summary.playing > 0 ? 'busy' : ''} />
      <${Tile} name="Completed" value=${summary.completed} note=${counted(summary.completed, 'participant')}
        tone=${summary.completed > 0 ? 'good' : ''} />
      <${Tile} name="Problems" value=${problems.length} note=${problems.length === 0 ? 'none' : bad ? 'look at them now' : 'worth a look'}
        tone=${bad ? 'bad' : problems.length > 0 ? 'wait' : ''} />
      <${Tile} name="Data safe" value=${unsafeMs === null ? '–' : `${number(unsafeMs / 1000, 1)} s`}
        note=${unsafeMs === null ? 'nobody plays' : 'of play at most not stored yet'}
        tone=${unsafeMs === null ? '' : unsafeMs > LIMITS.unsafeMs ? 'bad' : 'good'} />
    </section>`;
}

/** @param {{name: string, value: number|string, note: string, tone: string}} props */
function Tile({ name, value, note, tone }) {
  return html`<div class=${`tile card ${tone}`}>
    <h2>${name}</h2><p class="value digits">${value}</p><p class="note">${note}</p></div>`;
}

/** @param {{problems: import('../live/problems.js').Problem[]}} props */
export function Problems({ problems }) {
  if (problems.length === 0) return null;
  return html`
    <section class="problems card" aria-label="Problems">
      <h2>Problems</h2>
      <ul>${problems.map((problem) => html`
        <li key=${problem.key} class=${problem.severity}>
          <span class="mark" aria-hidden="true">${problem.severity === 'bad' ? '!' : 'i'}</span>
          <div><p><strong>${problem.title}</strong> <span class="where">${problem.where}</span></p>
            <p class="advice">${problem.advice}</p>
            ${problem.detail && html`<pre class="detail">${problem.detail}</pre>`}</div>
        </li>`)}
      </ul>
    </section>`;
}

/** @param {{waiting: Object<string, any>[], facts: Object<string, any>, now: number}} props */
export function WaitingRoom({ waiting, facts, now }) {
  if (waiting.length === 0) return null;
  const size = facts.seats?.length ?? 2;
  return html`
    <section class="waiting card" aria-label="Waiting room">
      <h2>Waiting room <span class="count">${waiting.length % size || size} of ${size}</span></h2>
      <ul>${waiting.map((row) => {
        const waited = Math.max(0, now - Date.parse(row.since_utc));
        const limit = row.waiting_timeout_ms;
        return html`
          <li key=${row.participant_id}>
            <strong>${labelOf(row)}</strong>
            <span>waits <span class="digits">${duration(waited)}</span></span>
            ${limit && html`
              <progress max=${limit} value=${Math.min(waited, limit)} aria-label="Time until the waiting ends"></progress>
              <span class="note">ends at <span class="digits">${duration(limit)}</span></span>`}
          </li>`;
      })}</ul>
    </section>`;
}

/** @param {string} role @returns {string} */
export const roleWord = (role) => capital(String(role ?? '').replaceAll('_', ' '));
