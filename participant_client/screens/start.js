/** The first page: what the study is about, and Start, while the game is loading behind it. */

import { html } from "./html.js";
import { Card, LoadingBar, LoadingFailed, Notice, Prose } from "./parts.js";
import { say } from "./words.js";

export function StartScreen({ state, flow }) {
  const { study, loading } = state;
  if (!study && loading.state === "failed") {
    return html`
      <${Card} title=${say("start.welcome")}><${LoadingFailed} loading=${loading} onRetry=${() => flow.retry()} /><//>
    `;
  }
  const scene = study && (state.view?.scene ?? study.start);
  if (!scene) return html`<section class="card is-empty" aria-busy="true"></section>`;
  const footer = html`
    ${footing(loading, flow)}
    <button type="button" class="primary" disabled=${state.busy} onClick=${() => flow.goOn()}>
      ${scene.button ?? say("buttons.start")}
    </button>
  `;
  return html`
    <${Card} title=${scene.title} footer=${footer} key=${scene.id ?? "first"}>
      <${Prose} text=${scene.html} />
      <${Notice} text=${state.notice} />
    <//>
  `;
}

function footing(loading, flow) {
  if (loading.state === "failed") return html`<${LoadingFailed} loading=${loading} onRetry=${() => flow.retry()} />`;
  // A study without a game has nothing to load.
  return loading.state === "none" ? html`<span></span>` : html`<${LoadingBar} loading=${loading} />`;
}
