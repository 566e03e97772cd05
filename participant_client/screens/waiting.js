/** Between Start and the match: the rest of loading, then the waiting room. */

import { html } from "./html.js";
import { Card, LoadingBar, LoadingFailed, Notice, Prose, Spinner, useNow } from "./parts.js";
import { clockTime, duration, presence, say } from "./words.js";

export function LoadingScreen({ state, flow }) {
  const { loading, view } = state;
  const failed = loading.state === "failed";
  // Loaded again in the middle of a match, which goes on meanwhile.
  const back = view?.state === "playing";
  const title = say(back ? "loading.title_back" : "loading.title");
  return html`
    <${Card} title=${failed ? say("loading.title_failed") : title}>
      <div class="wait-panel">
        ${failed
          ? html`<${LoadingFailed} loading=${loading} onRetry=${() => flow.retry()} />`
          : html`<${LoadingBar} loading=${loading} />`}
        <p class="muted">
          ${say(back ? "loading.text_back" : loading.state === "loaded" ? "loading.text_ready" : "loading.text")}
        </p>
      </div>
      <${Instructions} text=${view?.scene.html} />
    <//>
  `;
}

export function WaitingScreen({ state }) {
  const { view, viewAt } = state;
  const { present = 1, needed = 2, timeout_ms: timeoutMs = null, waited_ms: waitedMs = 0 } = view.waiting ?? {};
  const elapsed = waitedMs + (useNow(250) - viewAt);
  const missing = Math.max(0, needed - present);
  const title = say(needed === 2 ? "waiting.partner" : "waiting.others");
  const place = (number) => html`<span class=${number < present ? "place is-taken" : "place"}></span>`;
  const expected = missing === 0 ? say("waiting.begins") : say("waiting.missing", { count: missing });
  return html`
    <${Card} title=${missing === 0 ? say("waiting.complete") : title}>
      <div class="wait-panel">
        <div class="wait-row">
          <div class="places" aria-hidden="true">
            ${Array.from({ length: needed }, (_, number) => place(number))}
          </div>
          <div class="wait-words">
            <strong>${presence({ present, needed })}</strong>
            <span class="muted">${expected}</span>
          </div>
          <div class="wait-clock">
            <span class="number" role="timer" aria-label=${say("waiting.clock")}>${clockTime(elapsed)}</span>
            ${timeoutMs
              ? html`<span class="muted">${say("waiting.at_most", { time: clockTime(timeoutMs) })}</span>`
              : null}
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
            ${say("waiting.stay")}
            ${timeoutMs ? ` ${say("waiting.longest", { duration: duration(timeoutMs) })}` : ""}
          </span>
        </p>
      </div>
      <${Instructions} text=${view.scene.html} />
      <${Notice} text=${state.notice} />
    <//>
  `;
}

function Instructions({ text }) {
  if (!text) return null;
  return html`
    <h2>${say("game.how_to_play")}</h2>
    <${Prose} text=${text} />
  `;
}
