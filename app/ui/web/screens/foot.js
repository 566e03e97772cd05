/** The foot of the page: where the data lies, and how to sign in with another browser. */
import { html, useState } from '../html.js';
import { ask } from '../live/connection.js';
import { Copy } from './copy.js';

/** @param {{facts: Object<string, any>}} props */
export function Foot({ facts }) {
  const [link, setLink] = useState(/** @type {{url?: string, error?: string}|null} */ (null));
  async function another() {
    setLink(await ask('/api/link', 'POST').catch((error) => ({ error: error.message })));
  }
  return html`
    <footer class="foot">
      <p><span>Data folder</span> <code>${facts.data_folder}</code> <${Copy} text=${facts.data_folder} what="data folder" /></p>
      <p>${!link && html`<button class="plain" type="button" onClick=${another}>Another browser …</button>`}
        ${link?.url && html`<span>Works once, on this computer:</span> <code>${link.url}</code>
          <${Copy} text=${link.url} what="address for another browser" />`}
        ${link?.error && html`<span class="bad-text" role="status">${link.error}</span>`}</p>
    </footer>`;
}
