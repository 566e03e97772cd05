/** Beside and after the match: out of it, saving, a partner who left, the thank-you page, and the page for errors. */

import { html, useRef, useState } from "./html.js";
import { Card, Notice, Prose, Spinner, useNow } from "./parts.js";

const SLOW_AFTER_MS = 12000;

export function SavingScreen({ state }) {
  const { saving, online } = state;
  const waited = useNow(500) - (saving?.since ?? performance.now());
  const slow = (saving?.pending ?? 0) > 0 && waited > SLOW_AFTER_MS;
  return html`
    <${Card} title="Saving your data…">
      <div class="wait-panel">
        <p class="note"><${Spinner} /><span>Please do not close this page. This takes a moment.</span></p>
        ${slow || !online
          ? html`<p class="message is-warning" role="alert">
              The study’s server is hard to reach. Your data is kept in this browser and sent as soon as it answers.
              Please keep the page open.
            </p>`
          : null}
      </div>
    <//>
  `;
}

export function AwayScreen({ state, flow }) {
  const footer = html`
    <button type="button" class="secondary" onClick=${() => flow.askToLeave(true)}>Leave the study</button>
    <button type="button" class="primary" onClick=${() => flow.comeBack()}>Come back to the game</button>
  `;
  return html`
    <${Card} title="The game goes on without you" footer=${footer}>
      <p class="lead">
        Your connection was interrupted for too long. You can come back while the game still runs. What you have done so
        far is kept.
      </p>
      <p>If this page comes again, please tell the person who runs the study.</p>
      <${Notice} text=${state.notice} />
    <//>
  `;
}

export function PartnerLeftScreen({ state, flow }) {
  const { reason, message } = state.match.ending;
  const left = reason === "PARTNER_LEFT";
  const footer = html`
    <span class="muted">What you have done so far is being saved.</span>
    <button type="button" class="primary" onClick=${() => state.match.onContinue()}>Continue</button>
  `;
  return html`
    <${Card} title=${left ? "Your partner has left" : "The game had to stop"} footer=${footer}>
      <p class="lead">${message || "The game ends here. This is not your fault."}</p>
    <//>
  `;
}

export function EndScreen({ state }) {
  const { scene, end } = state.view;
  const { reason, code, message } = end ?? { reason: "COMPLETED", code: null, message: "" };
  // The researcher's closing text speaks to those who are done or have a code; it may explain what to do with it.
  const text = reason === "COMPLETED" || code ? scene.html : "";
  return html`
    <${Card} title=${scene.title || "Thank you"}>
      ${message && !(text && reason === "COMPLETED") ? html`<p class="lead">${message}</p>` : null}
      <${Prose} text=${text} />
      ${code ? html`<${CompletionCode} code=${code} />` : null}
      <${SavedState} saving=${state.saving} />
    <//>
  `;
}

function SavedState({ saving }) {
  if (saving?.refused > 0) {
    return html`<p class="message is-problem" role="alert">
      A part of your data could not be saved. Please tell the person who runs the study before you close this page.
    </p>`;
  }
  if (saving?.pending > 0) {
    return html`
      <p class="note"><${Spinner} /><span>The rest of your data is being saved. Please keep this page open.</span></p>
    `;
  }
  return html`<p class="muted">Everything has been saved.</p>`;
}

function CompletionCode({ code }) {
  const field = useRef(null);
  const [copied, setCopied] = useState("");
  const onCopy = async () => {
    const done = await copy(code, field.current);
    setCopied(done ? "Copied" : "Press Ctrl+C to copy the marked code");
  };
  return html`
    <div class="code-panel">
      <label class="muted" for="completion-code">Your completion code</label>
      <div class="code-row">
        <input
          id="completion-code"
          class="code"
          readonly
          size=${code.length + 2}
          value=${code}
          ref=${field}
          onFocus=${(event) => event.target.select()}
        />
        <button type="button" class="primary" onClick=${onCopy}>Copy code</button>
        <span class="code-copied" role="status">${copied}</span>
      </div>
    </div>
  `;
}

/** Pages served over plain http have no clipboard of their own; the older command works there. */
async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}

export function ErrorScreen({ state }) {
  const { title, advice, detail } = state.error;
  const footer = html`
    <span></span>
    <button type="button" class="primary" onClick=${() => location.reload()}>Try again</button>
  `;
  return html`
    <${Card} title=${title} footer=${footer}>
      <p class="lead" role="alert">${advice}</p>
      <details><summary>Details for the person who runs the study</summary><pre class="detail">${detail}</pre></details>
      <${Notice} text=${state.notice} />
    <//>
  `;
}
