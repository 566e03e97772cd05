/** The match: picture, what matters now above it, the keys below it, and what is said over it. */

import { html, useLayoutEffect, useRef } from "./html.js";
import { Prose, Spinner, useNow } from "./parts.js";
import { clockTime, keyName, keyWords, roleName } from "./words.js";

const ARROWS = ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"];

export function GameScreen({ state, flow }) {
  const { match } = state;
  const timeLeft = match.secondsLeft === null ? "–:––" : clockTime(match.secondsLeft * 1000);
  const size = { "--game-width": match.width, "--game-height": match.height };
  return html`
    <section class="game" style=${size} aria-label="Game">
      <h1 class="read-aloud">The game</h1>
      <header class="game-header">
        <div class="role">
          <span class="seat-colour seat-${match.seat % 8}" aria-hidden="true"></span>
          <span>You are <strong>${roleName(match.role)}</strong></span>
        </div>
        <${Figure} label="Episode" value=${`${match.episode} of ${match.episodes}`} />
        <${Figure} label="Time left" value=${timeLeft} />
        <${Figure} label="Score" value=${match.score ?? "–"} />
        <button type="button" class="quiet" onClick=${() => flow.askToLeave(true)}>Leave</button>
      </header>
      <div class="stage-frame" style=${{ background: match.background }}>
        <${Stage} onStage=${match.onStage} />
        ${match.overlay ? html`<${Overlay} overlay=${match.overlay} match=${match} />` : null}
      </div>
      <${KeyLegend} keys=${match.keys} labels=${match.keyLabels} />
      ${match.instructions
        ? html`<div class="game-aside"><h2>How to play</h2><${Prose} text=${match.instructions} /></div>`
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
  return html`<div class="stage" tabindex="-1" role="img" aria-label="Picture of the game" ref=${element}></div>`;
}

function Figure({ label, value }) {
  return html`<div class="figure"><span class="muted">${label}</span> <strong class="number">${value}</strong></div>`;
}

function Overlay({ overlay, match }) {
  const partner = match.partners === 1 ? "your partner" : "the others";
  if (overlay.kind === "countdown") return html`<${Countdown} startsAt=${overlay.startsAt} match=${match} />`;
  if (overlay.kind === "connecting") {
    return html`<${OverlayNote} strong="Your partner is here" text=${`Connecting you with ${partner}…`} />`;
  }
  if (overlay.kind === "break") {
    const next = match.episodes - match.episode;
    const text = `The next one begins in a moment. ${next === 1 ? "It is the last." : `${next} more to go.`}`;
    return html`<${OverlayNote} strong=${`Episode ${match.episode} of ${match.episodes} is finished`} text=${text} />`;
  }
  const strong = `Waiting for ${match.partners === 1 ? "your partner’s" : "a player’s"} connection…`;
  return html`<${OverlayNote} strong=${strong} text="The game goes on as soon as it is back." light=${true} />`;
}

function OverlayNote({ strong, text, light = false }) {
  return html`
    <div class="overlay ${light ? "is-light" : ""}">
      <div class="overlay-note"><${Spinner} /><div><strong>${strong}</strong><p>${text}</p></div></div>
    </div>
  `;
}

function Countdown({ startsAt, match }) {
  const remaining = Math.max(1, Math.ceil((startsAt - useNow(50)) / 1000));
  return html`
    <div class="overlay">
      <div class="countdown-panel">
        <div class="countdown" key=${remaining}>${remaining}</div>
        <strong>Episode ${match.episode} of ${match.episodes}</strong>
      </div>
    </div>
  `;
}

function KeyLegend({ keys, labels }) {
  const codes = Object.keys(keys);
  const arrows = ARROWS.filter((code) => codes.includes(code) && !labels[code]);
  const others = codes.filter((code) => !arrows.includes(code));
  return html`
    <footer class="legend" aria-label="Keys">
      <span class="muted">Your keys</span>
      ${arrows.length > 0
        ? html`<span class="key-group">${arrows.map((code) => html`<${Key} code=${code} />`)}</span>`
        : null}
      ${others.map((code) => html`<span class="key-group"><${Key} code=${code} />${labels[code] ?? null}</span>`)}
    </footer>
  `;
}

function Key({ code }) {
  return html`<kbd aria-label=${keyWords(code)}>${keyName(code)}</kbd>`;
}
