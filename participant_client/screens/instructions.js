/** Instructions for a game, with the game's real keys: they light up when they are pressed. */

import { html, useLayoutEffect, useState } from "./html.js";
import { Card, Notice, Prose } from "./parts.js";
import { GoOn } from "./static.js";
import { keyName, keyWords, say } from "./words.js";

/** Elements that these keys work, so that they must reach them. */
const WORKED_BY_KEYS = "button, a, input, select, textarea, summary";

export function InstructionsScreen({ state, flow }) {
  const { scene, content } = state.view;
  const offered = content.try_keys !== "none" && content.keys.length > 0;
  const { held, tried } = useKeys(offered ? content.keys.map(({ code }) => code) : [], scene.id, flow.kept);
  const missing = offered ? content.keys.length - tried.length : 0;
  const blocked = content.try_keys === "required" && missing > 0;
  const footer = html`
    <${GoOn} state=${state} flow=${flow} blocked=${blocked}>${blocked ? say("instructions.required") : ""}<//>
  `;
  return html`
    <${Card} title=${scene.title} footer=${footer}>
      <${Prose} text=${scene.html} />
      ${offered ? html`<${TryKeys} keys=${content.keys} held=${held} tried=${tried} />` : null}
      ${content.mouse ? html`<p>${say("instructions.mouse")}</p>` : null}
      ${content.gamepad ? html`<p>${say("instructions.gamepad")}</p>` : null}
      <${Notice} text=${state.notice} />
    <//>
  `;
}

function TryKeys({ keys, held, tried }) {
  const all = tried.length === keys.length;
  return html`
    <section class="try-keys" aria-labelledby="try-keys">
      <h2 id="try-keys">${say("instructions.keys")}</h2>
      <ul>
        ${keys.map(({ code, label }) => {
          const done = tried.includes(code);
          const look = held.includes(code) ? "is-held" : done ? "is-tried" : "";
          return html`
            <li class="try-key ${look}" key=${code}>
              <kbd><span aria-hidden="true">${keyName(code)}</span><span class="read-aloud">${keyWords(code)}</span></kbd>
              ${label ? html`<span>${label}</span>` : null}
              ${done ? html`<span class="read-aloud">${say("instructions.pressed")}</span>` : null}
            </li>
          `;
        })}
      </ul>
      <p class=${all ? "good" : "muted"} role="status">
        ${all ? say("instructions.all") : say("instructions.tried", { tried: tried.length, of: keys.length })}
      </p>
    </section>
  `;
}

/**
 * @param {string[]} codes The game's keys.
 * @param {string} sceneId
 * @param {import("../wire/kept.js").Kept} kept
 * @returns {{held: string[], tried: string[]}} Which of them are down now, and which have been.
 */
function useKeys(codes, sceneId, kept) {
  const [held, setHeld] = useState([]);
  const [tried, setTried] = useState(() => kept.read(sceneId)?.tried?.filter((code) => codes.includes(code)) ?? []);
  // Before the page is painted: a key may be pressed as soon as it is seen.
  useLayoutEffect(() => {
    if (codes.length === 0) return undefined;
    const seen = new Set(tried);
    let taken = null;
    const onDown = (event) => {
      if (!codes.includes(event.code) || event.metaKey) return;
      setHeld((before) => [...new Set([...before, event.code])]);
      // The first press is for trying; afterwards the arrow keys scroll the page as ever.
      const first = !seen.has(event.code);
      if (first || (event.repeat && taken === event.code)) {
        taken = event.code;
        if (event.code !== "Tab" && !event.target.closest?.(WORKED_BY_KEYS)) event.preventDefault();
      }
      if (!first) return;
      seen.add(event.code);
      kept.write(sceneId, { tried: [...seen] });
      setTried([...seen]);
    };
    const onUp = (event) => setHeld((before) => before.filter((code) => code !== event.code));
    const onBlur = () => setHeld([]);
    const handlers = { keydown: onDown, keyup: onUp, blur: onBlur };
    for (const [name, handler] of Object.entries(handlers)) window.addEventListener(name, handler);
    return () => {
      for (const [name, handler] of Object.entries(handlers)) window.removeEventListener(name, handler);
    };
  }, [sceneId]);
  return { held, tried };
}
