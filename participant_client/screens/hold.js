/** A page on which everybody waits until the researcher lets them go on. */

import { html } from "./html.js";
import { Card, Notice, Prose, Spinner } from "./parts.js";
import { say } from "./words.js";

export function HoldScreen({ state }) {
  const { scene } = state.view;
  return html`
    <${Card} title=${scene.title}>
      <${Prose} text=${scene.html} />
      <div class="wait-panel">
        <p class="note"><${Spinner} /><span>${say("hold.wait")}</span></p>
      </div>
      <${Notice} text=${state.notice} />
    <//>
  `;
}
