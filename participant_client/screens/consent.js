/** The consent: what is agreed to, and two buttons of which the first is the one that goes on. */

import { html } from "./html.js";
import { Card, Notice, Prose } from "./parts.js";

export function ConsentScreen({ state, flow }) {
  const { scene, content } = state.view;
  const footer = html`
    <button type="button" class="secondary" disabled=${state.busy} onClick=${() => flow.consent(false)}>
      ${content.decline}
    </button>
    <button type="button" class="primary" disabled=${state.busy} onClick=${() => flow.consent(true)}>
      ${content.agree}
    </button>
  `;
  return html`
    <${Card} title=${scene.title} footer=${footer}>
      <${Prose} text=${scene.html} />
      <${Notice} text=${state.notice} />
    <//>
  `;
}
