/** Pieces that several screens share. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { say } from "./words.js";

/**
 * The time, again and again, for screens that count.
 * @param {number} intervalMs
 * @returns {number} `performance.now()`
 */
export function useNow(intervalMs) {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}

/** A screen's heading. It takes the focus, so that screen readers and the Tab key begin at the new screen. */
export function Heading({ children }) {
  const element = useRef(null);
  useLayoutEffect(() => element.current.focus({ preventScroll: true }), []);
  return html`<h1 tabindex="-1" ref=${element}>${children}</h1>`;
}

/** The frame of every screen but the match: the same place and width, so that nothing jumps. */
export function Card({ title, children, footer }) {
  return html`
    <section class="card">
      <div class="card-body">
        <${Heading}>${title}<//>
        ${children}
      </div>
      ${footer ? html`<div class="card-footer">${footer}</div>` : null}
    </section>
  `;
}

/** Text written by the researcher, made HTML by the server. */
export function Prose({ text }) {
  return text ? html`<div class="prose" dangerouslySetInnerHTML=${{ __html: text }}></div>` : null;
}

/** How far the runtime has loaded, in words, percent and length. */
export function LoadingBar({ loading }) {
  const percent = Math.round(loading.fraction * 100);
  const done = loading.state === "loaded";
  return html`
    <div class="loading ${done ? "is-done" : ""}">
      <div class="loading-words">
        <span>${say(done ? "loading.ready" : loading.label)}</span>
        <span class="number">${say("loading.percent", { percent })}</span>
      </div>
      <div
        class="bar"
        role="progressbar"
        aria-label=${say("loading.bar")}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${percent}
      >
        <div class="bar-fill" style=${{ transform: `scaleX(${loading.fraction})` }}></div>
      </div>
    </div>
  `;
}

/** What is said when the runtime could not be loaded, with the way out. */
export function LoadingFailed({ loading, onRetry }) {
  return html`
    <div class="message is-problem" role="alert">
      <div>
        <strong>${say("loading.failed.title")}</strong>
        <p>${say("loading.failed.advice")}</p>
        <p class="detail">${loading.message}</p>
      </div>
      <button type="button" class="secondary" onClick=${onRetry}>${say("buttons.try_again")}</button>
    </div>
  `;
}

/** What went wrong with the last button. */
export function Notice({ text }) {
  return text ? html`<p class="message is-problem" role="alert">${text}</p>` : null;
}

/** A quiet sign that something is going on. */
export function Spinner() {
  return html`<span class="spinner" aria-hidden="true"></span>`;
}
