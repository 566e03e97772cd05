/** The first page: what the study is about, and Start, while the game is loading behind it. */

import { html } from "./html.js";
import { Card, LoadingBar, LoadingFailed, Notice, Prose } from "./parts.js";

export function StartScreen({ state, flow }) {
  const scene = state.view?.scene ?? state.study?.start;
  const { loading } = state;
  if (!scene && loading.state === "failed") {
    return html`<${Card} title="Welcome"><${LoadingFailed} loading=${loading} onRetry=${() => flow.retry()} /><//>`;
  }
  if (!scene) return html`<section class="card is-empty" aria-busy="true"></section>`;
  const footer = html`
    ${loading.state === "failed"
      ? html`<${LoadingFailed} loading=${loading} onRetry=${() => flow.retry()} />`
      : html`<${LoadingBar} loading=${loading} />`}
    <button type="button" class="primary" disabled=${state.busy} onClick=${() => flow.goOn()}>
      ${scene.button ?? "Start"}
    </button>
  `;
  return html`
    <${Card} title=${scene.title} footer=${footer} key=${scene.id ?? "first"}>
      <${Prose} text=${scene.html} />
      <${Notice} text=${state.notice} />
    <//>
  `;
}
