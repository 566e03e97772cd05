/** Pages that are read: static ones and the debriefing. The button may open only after a while. */

import { html, useState } from "./html.js";
import { Card, Notice, Prose, useNow } from "./parts.js";
import { clockTime, say } from "./words.js";

export function StaticScreen({ state, flow }) {
  const { scene, content } = state.view;
  const leftMs = useTimeLeft(content?.min_time_ms ?? 0, scene.id, flow.kept);
  const footer = html`
    <${GoOn} state=${state} flow=${flow} blocked=${leftMs > 0}>
      ${leftMs > 0 ? say("reading.opens", { time: clockTime(leftMs + 999) }) : ""}
    <//>
  `;
  return html`
    <${Card} title=${scene.title} footer=${footer}>
      <${Prose} text=${scene.html} />
      <${Notice} text=${state.notice} />
    <//>
  `;
}

/** The card's foot: what is still to be done, and the button that goes on. */
export function GoOn({ state, flow, blocked, children }) {
  return html`
    <span class="muted">${children}</span>
    <button type="button" class="primary" disabled=${state.busy || blocked} onClick=${() => flow.goOn()}>
      ${state.view.scene.button ?? say("buttons.continue")}
    </button>
  `;
}

/** @returns {number} How long a page stays, milliseconds; a reload does not begin it anew. */
function useTimeLeft(wholeMs, sceneId, kept) {
  const now = useNow(250);
  // The clock of the wall, because that of the page begins anew with it.
  const [openedAt] = useState(() => {
    const at = kept.read(sceneId)?.openedAt ?? Date.now();
    if (wholeMs > 0) kept.write(sceneId, { openedAt: at });
    return at - Date.now() + now;
  });
  return Math.max(0, wholeMs - (now - openedAt));
}
