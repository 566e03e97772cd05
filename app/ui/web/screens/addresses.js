/** Where participants go, and what to do while nobody has come. */
import { html } from '../html.js';
import { counted } from '../live/words.js';
import { Copy } from './copy.js';

/** @param {{facts: Object<string, any>}} props */
export function Addresses({ facts }) {
  const url = String(facts.participant_url ?? '');
  return html`
    <section class="address card" aria-label="Participants’ address">
      <h2>Participants open</h2>
      <p class="url"><code>${url}</code></p>
      <${Copy} text=${url} what="participants’ address" main />
      <a class="button" href=${url} target="_blank" rel="noopener">Open</a>
      ${isOnlyHere(url) && html`<p class="note">This is the address on this computer. For other computers start
        the program with <code>--host</code> and this computer’s network address.</p>`}
    </section>`;
}

/** @param {{facts: Object<string, any>}} props */
export function Empty({ facts }) {
  const size = Math.max(1, facts.seats?.length ?? 2);
  const alone = facts.seats?.length === 0;
  const roles = (facts.seats ?? []).map((/** @type {Object<string, any>} */ seat) => seat.role).filter(Boolean);
  return html`
    <section class="empty card">
      <h2>Nobody is here yet</h2>
      <ol>
        <li><strong>Open the participants’ address in ${size === 1 ? 'a browser' : `${size === 2 ? 'two' : size} browsers`}.</strong>
          <span>Two windows on this computer will do for a try; a lab has one browser a seat.</span></li>
        <li><strong>Press Start in each.</strong>
          <span>${alone ? 'That is when somebody becomes a participant.'
            : 'The game loads while the instructions are read.'}</span></li>
        <li><strong>Watch them here.</strong>
          <span>${alone ? 'Everybody goes through the study alone.' : size === 1 ? 'The match starts at once.' : `A match starts as soon as ${counted(size, 'person', 'people')} wait`
            + `${roles.length > 1 ? `, as ${roles.join(' and ').replaceAll('_', ' ')}.` : '.'}`}</span></li>
      </ol>
    </section>`;
}

/** @param {string} url @returns {boolean} */
function isOnlyHere(url) {
  try {
    return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
  } catch {
    return false;
  }
}
