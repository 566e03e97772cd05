/** The match: picture, what matters now above it, the keys below it, and what is said over it. */

import { html, useLayoutEffect, useRef } from "./html.js";
import { Prose, Spinner, useNow } from "./parts.js";
import {
  clockTime, gamepadWords, keyName, keyWords, mouseWords, passingNews, roleName, say, standstill,
} from "./words.js";

const ARROWS = ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"];

export function GameScreen({ state }) {
  const match = { ...state.match, online: state.online };
  const { episode, episodes } = match;
  const timeLeft = match.secondsLeft === null ? "–:––" : clockTime(match.secondsLeft * 1000);
  const legends = [Object.keys(match.keys).length > 0, match.mouse, match.gamepad].filter(Boolean).length;
  const size = { "--game-width": match.width, "--game-height": match.height, "--legends": legends };
  return html`
    <section class="game" style=${size} aria-label=${say("game.name")}>
      <h1 class="read-aloud">${say("game.title")}</h1>
      <header class="game-header">
        <div class="role">
          <span class="seat-colour seat-${match.seat % 8}" aria-hidden="true"></span>
          <span>${say("game.you_are")} <strong>${roleName(match.role)}</strong></span>
        </div>
        <${Figure} label=${say("game.episode")} value=${say("game.episode_value", { episode, episodes })} />
        <${Figure} label=${say("game.time_left")} value=${timeLeft} />
        <${Figure} label=${say("game.score")} value=${match.score ?? "–"} />
      </header>
      <div class="stage-frame" style=${{ background: match.background }}>
        <${Stage} onStage=${match.onStage} />
        ${match.overlay ? html`<${Overlay} overlay=${match.overlay} match=${match} />` : null}
        ${match.news ? html`<p class="stage-news">${passingNews(match.news, match)}</p>` : null}
      </div>
      <footer class="legends">
        ${Object.keys(match.keys).length > 0
          ? html`<${KeyLegend} keys=${match.keys} labels=${match.keyLabels} />`
          : null}
        ${match.mouse ? html`<${DeviceLegend} title=${say("mouse.title")} words=${mouseWords(match.mouse)} />` : null}
        ${match.gamepad
          ? html`<${DeviceLegend} title=${say("gamepad.title")} words=${gamepadWords(match.gamepad)} />`
          : null}
      </footer>
      ${match.instructions
        ? html`<div class="game-aside"><h2>${say("game.how_to_play")}</h2><${Prose} text=${match.instructions} /></div>`
        : null}
    </section>
  `;
}

/** The element the renderer draws in. Preact leaves its inside alone. */
function Stage({ onStage }) {
  const element = useRef(null);
  useLayoutEffect(() => {
    element.current.focus({ preventScroll: true });
    onStage(element.current);
  }, []);
  return html`<div class="stage" tabindex="-1" role="img" aria-label=${say("game.picture")} ref=${element}></div>`;
}

function Figure({ label, value }) {
  return html`<div class="figure"><span class="muted">${label}</span> <strong class="number">${value}</strong></div>`;
}

/** Through these the picture may be seen: it goes on, or will, from where it stands. */
const LIGHT = ["stalled", "interrupted", "paused"];
/** Nobody waits for anything here. */
const WITHOUT_SPINNER = ["paused", "evicted"];

function Overlay({ overlay, match }) {
  const { kind } = overlay;
  if (kind === "countdown") return html`<${Countdown} startsAt=${overlay.startsAt} match=${match} />`;
  const { strong, text } = standstill(kind, match);
  return html`
    <div class="overlay ${LIGHT.includes(kind) ? "is-light" : ""}">
      <div class="overlay-note">
        ${WITHOUT_SPINNER.includes(kind) ? null : html`<${Spinner} />`}
        <div><strong>${strong}</strong><p>${text}</p></div>
      </div>
    </div>
  `;
}

function Countdown({ startsAt, match: { episode, episodes } }) {
  const remaining = Math.max(1, Math.ceil((startsAt - useNow(50)) / 1000));
  return html`
    <div class="overlay">
      <div class="countdown-panel">
        <div class="countdown" key=${remaining}>${remaining}</div>
        <strong>${say("game.countdown", { episode, episodes })}</strong>
      </div>
    </div>
  `;
}

function KeyLegend({ keys, labels }) {
  const codes = Object.keys(keys);
  const arrows = ARROWS.filter((code) => codes.includes(code) && !labels[code]);
  const others = codes.filter((code) => !arrows.includes(code));
  return html`
    <div class="legend" aria-label=${say("keys.name")} role="group">
      <span class="muted">${say("keys.title")}</span>
      ${arrows.length > 0
        ? html`<span class="key-group">${arrows.map((code) => html`<${Key} code=${code} />`)}</span>`
        : null}
      ${others.map((code) => html`<span class="key-group"><${Key} code=${code} />${labels[code] ?? null}</span>`)}
    </div>
  `;
}

function DeviceLegend({ title, words }) {
  return html`
    <div class="legend" aria-label=${title} role="group">
      <span class="muted">${title}</span>
      ${words.map(({ name, label }) => html`<span class="key-group"><kbd>${name}</kbd>${label}</span>`)}
    </div>
  `;
}

function Key({ code }) {
  return html`<kbd aria-label=${keyWords(code)}>${keyName(code)}</kbd>`;
}
