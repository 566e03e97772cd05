/** The one page of the monitor: header, addresses, summary, problems, waiting room, matches. */
import { html, useEffect, useState } from '../html.js';
import { groups, hands, holds, summary } from '../live/model.js';
import { problems } from '../live/problems.js';
import { Addresses, Empty } from './addresses.js';
import { Hands, Holds } from './attention.js';
import { Foot } from './foot.js';
import { Header } from './header.js';
import { Matches } from './matches.js';
import { Problems, Tiles, WaitingRoom } from './summary.js';

/**
 * @param {{state: import('../live/state.js').State|null, connection: import('../live/connection.js').Connection,
 *   tell: import('./attention.js').Tell}} props
 */
export function Monitor({ state, connection, tell }) {
  const now = useClock();
  if (connection === 'refused') return html`<${Notice} title="This browser is no longer signed in"
    text="The server was started again. Open the new address it printed." />`;
  if (!state) return html`<${Notice} title=${connection === 'lost' ? 'The server does not answer' : 'Opening the monitor …'}
    text=${connection === 'lost' ? 'This page goes on trying. Check that the server still runs.' : ''} />`;

  const serverNow = now + state.clockOffsetMs;
  const found = problems(state);
  const grouped = groups(state);
  const counts = summary(state);
  const nobody = state.participants.size === 0 && state.matches.size === 0;
  return html`
    <${Header} facts=${state.facts} connection=${connection} now=${serverNow} playing=${counts.playing} />
    <main id="main">
      <${Addresses} facts=${state.facts} />
      <${Tiles} summary=${counts} problems=${found} facts=${state.facts} />
      <${Hands} hands=${hands(state)} now=${serverNow} tell=${tell} />
      <${Holds} holds=${holds(state)} now=${serverNow} tell=${tell} />
      <${Problems} problems=${found} />
      ${nobody ? html`<${Empty} facts=${state.facts} />` : html`
        <${WaitingRoom} waiting=${grouped.waiting} facts=${state.facts} now=${serverNow} />
        <${Matches} groups=${grouped} state=${state} />`}
    </main>
    <${Foot} facts=${state.facts} />`;
}

/** @param {{title: string, text: string}} props */
function Notice({ title, text }) {
  return html`<main class="locked card" role="status"><h1>${title}</h1>${text && html`<p>${text}</p>`}</main>`;
}

/** @returns {number} this page's clock in ms, renewed once a second */
function useClock() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
