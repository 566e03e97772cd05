/** The bar at the top: which study, which version, since when, whether the page is current, and Export. */
import { html, useState } from '../html.js';
import { ask } from '../live/connection.js';
import { capital, duration } from '../live/words.js';
import { Copy } from './copy.js';

const CONNECTIONS = {
  connecting: ['Connecting', 'wait'],
  live: ['Live', 'good'],
  lost: ['No answer, trying again', 'bad'],
  refused: ['Signed out', 'bad'],
};

/** @param {{facts: Object<string, any>, connection: string, now: number, playing: number}} props */
export function Header({ facts, connection, now, playing }) {
  const { experiment, session } = facts;
  const { hash } = experiment;
  const opened = Date.parse(session.opened_utc ?? '');
  const [word, tone] = CONNECTIONS[/** @type {'live'} */ (connection)];
  return html`
    <a class="skip" href="#main">Skip to the monitor</a>
    <header class="top">
      <img src="/ui/icon.svg" alt="" width="36" height="36" />
      <div class="study">
        <h1>${experiment.title}</h1>
        <p>
          <span>Version ${experiment.version}</span>
          ${hash && html`<span title=${`SHA-256 of experiment.toml: ${hash}`}><code>${String(hash).slice(0, 8)}</code></span>`}
          <span>${capital(`${session.kind} session`)} ${session.state}${Number.isFinite(opened)
            ? html` for <span class="digits">${duration(now - opened)}</span>` : ''}</span>
        </p>
      </div>
      <p class=${`chip ${tone}`} role="status"><span class="dot"></span>${word}</p>
      <${Export} playing=${playing} />
    </header>`;
}

/** @param {{playing: number}} props */
function Export({ playing }) {
  const [result, setResult] = useState(/** @type {{folder?: string, error?: string}|null} */ (null));
  const [running, setRunning] = useState(false);
  async function run() {
    setRunning(true);
    setResult(null);
    try {
      setResult(await ask('/api/export', 'POST'));
    } catch (error) {
      setResult({ error: error.message });
    }
    setRunning(false);
  }
  return html`
    <div class="export">
      <button class="main" type="button" onClick=${run} disabled=${running}>
        ${running ? 'Exporting …' : 'Export data'}</button>
      <div class="result" role="status" hidden=${!result && !running}>
        ${running && html`<p>Writing the files …</p>`}
        ${result?.error && html`<p class="bad-text"><strong>Not exported.</strong> ${result.error}</p>`}
        ${result?.folder && html`
          <p><strong>Exported.</strong> ${playing > 0 ? 'Matches that still run are in it as far as they are stored.' : ''}</p>
          <p class="path"><code>${result.folder}</code> <${Copy} text=${result.folder} what="folder" /></p>`}
        ${result && html`<button class="plain close" type="button" aria-label="Close" onClick=${() => setResult(null)}>×</button>`}
      </div>
    </div>`;
}
