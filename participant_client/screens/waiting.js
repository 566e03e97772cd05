/** Between Start and the match: the rest of loading, then the waiting room. */

import { html } from "./html.js";
import { Card, LoadingBar, LoadingFailed, Notice, Prose, Spinner, useNow } from "./parts.js";
import { clockTime, duration, presence } from "./words.js";

export function LoadingScreen({ state, flow }) {
  const { loading, view } = state;
  const failed = loading.state === "failed";
  // Loaded again in the middle of a match, which goes on meanwhile.
  const back = view?.state === "playing";
  const title = back ? "Coming back to the game" : "Getting the game ready";
  return html`
    <${Card} title=${failed ? "One moment, please" : title}>
      <div class="wait-panel">
        ${failed
          ? html`<${LoadingFailed} loading=${loading} onRetry=${() => flow.retry()} />`
          : html`<${LoadingBar} loading=${loading} />`}
        <p class="muted">
          ${back
            ? "The game goes on, and you can play again in a few seconds. You do not need to do anything."
            : loading.state === "loaded"
              ? "Entering the waiting room."
              : "This takes a few seconds the first time. You do not need to do anything."}
        </p>
      </div>
      <${Instructions} text=${view?.scene.html} />
    <//>
  `;
}

export function WaitingScreen({ state, flow }) {
  const { view, viewAt } = state;
  const { present = 1, needed = 2, timeout_ms: timeoutMs = null, waited_ms: waitedMs = 0 } = view.waiting ?? {};
  const elapsed = waitedMs + (useNow(250) - viewAt);
  const missing = Math.max(0, needed - present);
  const title = needed === 2 ? "Waiting for your partner" : "Waiting for the others";
  const place = (number) => html`<span class=${number < present ? "place is-taken" : "place"}></span>`;
  const others = missing === 1 ? "one more person" : `${missing} more people`;
  return html`
    <${Card} title=${missing === 0 ? "Everybody is here" : title}>
      <div class="wait-panel">
        <div class="wait-row">
          <div class="places" aria-hidden="true">
            ${Array.from({ length: needed }, (_, number) => place(number))}
          </div>
          <div class="wait-words">
            <strong>${presence({ present, needed })}</strong>
            <span class="muted">${missing === 0 ? "The game begins." : `We are waiting for ${others} to join.`}</span>
          </div>
          <div class="wait-clock">
            <span class="number" role="timer" aria-label="Waiting for">${clockTime(elapsed)}</span>
            ${timeoutMs ? html`<span class="muted">of at most ${clockTime(timeoutMs)}</span>` : null}
          </div>
        </div>
        ${timeoutMs
          ? html`<div class="bar" aria-hidden="true">
              <div class="bar-fill is-slow" style=${{ transform: `scaleX(${Math.min(1, elapsed / timeoutMs)})` }}></div>
            </div>`
          : null}
        <p class="note">
          <${Spinner} />
          <span>
            Please keep this page open and in front. The game starts by itself.
            ${timeoutMs ? ` Nobody waits longer than ${duration(timeoutMs)}.` : ""}
          </span>
        </p>
      </div>
      <${Instructions} text=${view.scene.html} />
      <${Notice} text=${state.notice} />
      <div class="card-aside">
        <button type="button" class="quiet" onClick=${() => flow.askToLeave(true)}>Leave</button>
      </div>
    <//>
  `;
}

function Instructions({ text }) {
  if (!text) return null;
  return html`
    <h2>How to play</h2>
    <${Prose} text=${text} />
  `;
}
