/**
 * Beside and after the match: out of it, saving, a partner who left, the thank-you page with its way back, and the page
 * for errors.
 */

import { html, useEffect, useRef, useState } from "./html.js";
import { Card, Notice, Prose, Spinner, useNow } from "./parts.js";
import { say } from "./words.js";

const SLOW_AFTER_MS = 12000;
/** How long the last page can be read before it leads back. */
const REDIRECT_AFTER_MS = 10000;

export function SavingScreen({ state }) {
  const { saving, online } = state;
  const waited = useNow(500) - (saving?.since ?? performance.now());
  const slow = (saving?.pending ?? 0) > 0 && waited > SLOW_AFTER_MS;
  return html`
    <${Card} title=${say("saving.title")}>
      <div class="wait-panel">
        <p class="note"><${Spinner} /><span>${say("saving.text")}</span></p>
        ${slow || !online
          ? html`<p class="message is-warning" role="alert">${say("saving.slow")}</p>`
          : null}
      </div>
    <//>
  `;
}

/** Out of a match that goes on; the foot of the page has the way out of the study. */
export function AwayScreen({ state, flow }) {
  const footer = html`
    <span></span>
    <button type="button" class="primary" onClick=${() => flow.comeBack()}>${say("away.come_back")}</button>
  `;
  return html`
    <${Card} title=${say("away.title")} footer=${footer}>
      <p class="lead">${say("away.text")}</p>
      <p>${say("away.again")}</p>
      <${Notice} text=${state.notice} />
    <//>
  `;
}

export function PartnerLeftScreen({ state, flow }) {
  const { reason, message } = state.match.ending;
  const left = reason === "PARTNER_LEFT";
  const footer = html`
    <span class="muted">${say("stopped.saving")}</span>
    <button type="button" class="primary" onClick=${() => state.match.onContinue()}>${say("buttons.continue")}</button>
  `;
  return html`
    <${Card} title=${say(left ? "stopped.partner_left" : "stopped.title")} footer=${footer}>
      <p class="lead">${message || say("stopped.text")}</p>
    <//>
  `;
}

export function EndScreen({ state }) {
  const { scene, end } = state.view;
  const { reason, code, message, redirect_url: url } = end ?? { reason: "COMPLETED", code: null, message: "" };
  // The researcher's closing text speaks to those who are done or have a code; it may explain what to do with it.
  const text = reason === "COMPLETED" || code ? scene.html : "";
  // Who has the code goes: nothing may be left to save then.
  const pending = state.saving?.pending > 0;
  return html`
    <${Card} title=${scene.title || say("end.title")}>
      ${message && !(text && reason === "COMPLETED") ? html`<p class="lead">${message}</p>` : null}
      <${Prose} text=${text} />
      ${code && !pending ? html`<${CompletionCode} code=${code} />` : null}
      <${SavedState} saving=${state.saving} />
      ${url && !pending ? html`<${Redirect} url=${url} waits=${state.saving?.refused > 0} />` : null}
    <//>
  `;
}

function SavedState({ saving }) {
  if (saving?.refused > 0) {
    return html`<p class="message is-problem" role="alert">${say("end.not_saved")}</p>`;
  }
  if (saving?.pending > 0) {
    return html`<p class="note"><${Spinner} /><span>${say("end.saving")}</span></p>`;
  }
  return html`<p class="muted">${say("end.saved")}</p>`;
}

/** The way back to where the participant came from, after a while by itself. */
function Redirect({ url, waits }) {
  const [startedAt] = useState(performance.now());
  const [stays, setStays] = useState(waits);
  const leftMs = REDIRECT_AFTER_MS - (useNow(250) - startedAt);
  const goes = !stays && !waits;
  useEffect(() => {
    if (goes && leftMs <= 0) location.assign(url);
  }, [goes, leftMs <= 0]);
  const site = new URL(url).host;
  const seconds = Math.max(1, Math.ceil(leftMs / 1000));
  return html`
    <div class="redirect">
      <span>${goes ? say("end.redirect", { site, count: seconds }) : say("end.redirect_stays", { site })}</span>
      <span class="card-buttons">
        ${goes
          ? html`<button type="button" class="secondary" onClick=${() => setStays(true)}>${say("end.stay")}</button>`
          : null}
        <a class="button primary" href=${url}>${say("end.go_now")}</a>
      </span>
    </div>
  `;
}

function CompletionCode({ code }) {
  const field = useRef(null);
  const [copied, setCopied] = useState("");
  const onCopy = async () => {
    const done = await copy(code, field.current);
    setCopied(say(done ? "end.copied" : "end.copy_by_hand"));
  };
  return html`
    <div class="code-panel">
      <label class="muted" for="completion-code">${say("end.code")}</label>
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
        <button type="button" class="primary" onClick=${onCopy}>${say("end.copy")}</button>
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
    <button type="button" class="primary" onClick=${() => location.reload()}>${say("buttons.try_again")}</button>
  `;
  return html`
    <${Card} title=${title} footer=${footer}>
      <p class="lead" role="alert">${advice}</p>
      <details><summary>${say("error.details")}</summary><pre class="detail">${detail}</pre></details>
      <${Notice} text=${state.notice} />
    <//>
  `;
}
