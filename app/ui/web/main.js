/** The researcher's page: puts the live state and the screens together. Served as `/`. */
import { html, render } from './html.js';
import { commandsOver } from './live/commands.js';
import { ask, keepCurrent } from './live/connection.js';
import { Monitor } from './screens/monitor.js';

const root = /** @type {HTMLElement} */ (document.getElementById('page'));
root.replaceChildren();

const socket = /** @type {any} */ (window).io({ transports: ['websocket', 'polling'] });
const tell = commandsOver(socket);

keepCurrent({
  socket,
  fetchSnapshot: () => ask('/api/snapshot'),
  onChange: (state, connection) => render(html`<${Monitor} state=${state} connection=${connection} tell=${tell} />`, root),
});
render(html`<${Monitor} state=${null} connection="connecting" tell=${tell} />`, root);
