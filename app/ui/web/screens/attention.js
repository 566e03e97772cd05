/** Who wants something of the researcher: raised hands, and hold scenes in which people wait to be let on. */
import { html, useState } from '../html.js';
import { labelOf } from '../live/model.js';
import { counted, duration } from '../live/words.js';

/** @typedef {(name: string, payload: Object<string, any>) => Promise<any>} Tell */

/** @param {{hands: Object<string, any>[], now: number, tell: Tell}} props */
export function Hands({ hands, now, tell }) {
  const [trouble, setTrouble] = useState('');
  if (hands.length === 0) return null;
  const lower = (/** @type {string} */ id) => tell('lower_hand', { participant_id: id })
    .then(() => setTrouble(''), (error) => setTrouble(error.message));
  return html`
    <section class="attention card" aria-label="Raised hands">
      <h2>Raised hands <span class="count">${hands.length}</span></h2>
      <ul>${hands.map((row) => html`
        <li key=${row.participant_id}>
          <strong>${labelOf(row)}</strong>
          <span>in ${row.scene_id}, for <span class="digits">${since(row.hand_raised_utc, now)}</span></span>
          <button type="button" onClick=${() => lower(row.participant_id)}
            aria-label=${`Lower the hand of ${labelOf(row)}`}>Lower</button>
        </li>`)}</ul>
      ${trouble && html`<p class="bad-text" role="alert">${trouble}</p>`}
    </section>`;
}

/** @param {{holds: import('../live/model.js').Hold[], now: number, tell: Tell}} props */
export function Holds({ holds, now, tell }) {
  return holds.map((hold) => html`<${HoldScene} key=${hold.sceneId} hold=${hold} now=${now} tell=${tell} />`);
}

/** @param {{hold: import('../live/model.js').Hold, now: number, tell: Tell}} props */
function HoldScene({ hold, now, tell }) {
  const [reason, setReason] = useState('');
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const { sceneId, rows } = hold;
  async function release(/** @type {Event} */ event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble('');
    try {
      await tell('release_hold', { scene_id: sceneId, reason: reason.trim() });
    } catch (error) {
      setTrouble(error.message);
    }
    setBusy(false);
  }
  return html`
    <section class="attention card" aria-label=${`Hold scene ${sceneId}`}>
      <h2>${`Hold scene ${sceneId}`} <span class="count">${counted(rows.length, 'person waits', 'people wait')}</span></h2>
      <ul>${rows.map((row) => html`
        <li key=${row.participant_id}><strong>${labelOf(row)}</strong>
          <span class="digits">${since(row.since_utc, now)}</span></li>`)}</ul>
      <form onSubmit=${release}>
        <label>Reason <input type="text" required maxlength="500" value=${reason}
          onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></label>
        <button class="main" type="submit" disabled=${busy}>Let them go on</button>
      </form>
      ${trouble && html`<p class="bad-text" role="alert">${trouble}</p>`}
    </section>`;
}

/** @param {string} utc @param {number} now @returns {string} */
const since = (utc, now) => duration(Math.max(0, now - Date.parse(utc)));
