/** Questions: surveys and feedback, and the frame in which a quiz asks. SurveyJS draws them, this the buttons. */

import { html, useEffect, useRef, useState } from "./html.js";
import { Card, Notice, Prose, Spinner } from "./parts.js";
import { say } from "./words.js";

export function SurveyScreen({ state, flow }) {
  return html`<${Questions} state=${state} flow=${flow} submit=${say("survey.submit")} />`;
}

/**
 * @param {object} properties
 * @param {string} properties.submit Words on the button that hands in the answers.
 * @param {any} [properties.children] What is said above the questions.
 */
export function Questions({ state, flow, submit, children }) {
  const { scene } = state.view;
  const stage = useRef(null);
  const [form, setForm] = useState(null);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const [, setChanges] = useState(0);
  useEffect(() => {
    let current = null;
    let gone = false;
    flow.questions.open({ onChange: () => setChanges((changes) => changes + 1) }).then(
      (opened) => {
        if (gone) return opened.close();
        current = opened;
        opened.show(stage.current);
        return setForm(opened);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      current?.close();
    };
  }, [attempt]);
  const retry = () => {
    setFailed(false);
    setAttempt(attempt + 1);
  };
  const footer = form ? html`<${Buttons} form=${form} busy=${state.busy} submit=${submit} />` : null;
  return html`
    <${Card} title=${scene.title} footer=${footer}>
      <${Prose} text=${scene.html} />
      ${children}
      ${form || failed ? null : html`<p class="note"><${Spinner} />${say("survey.loading")}</p>`}
      ${failed ? html`<${CouldNotLoad} onRetry=${retry} />` : null}
      <div class="questions" ref=${stage}></div>
      <${Notice} text=${state.notice} />
    <//>
  `;
}

function Buttons({ form, busy, submit }) {
  const place = form.place;
  const turn = (step) => () => {
    const { page } = form.place;
    step();
    // The new page's questions begin at the top; the heading takes the focus as on every new page.
    if (form.place.page !== page) toTop();
  };
  return html`
    <span class="card-buttons">
      ${place.back
        ? html`<button type="button" class="secondary" disabled=${busy} onClick=${turn(() => form.back())}>
            ${place.back}
          </button>`
        : null}
      ${place.pages > 1 ? html`<span class="muted">${say("survey.page", place)}</span>` : null}
    </span>
    <button type="button" class="primary" disabled=${busy} onClick=${turn(() => form.next())}>
      ${place.isLast ? (place.submit ?? submit) : place.next}
    </button>
  `;
}

function CouldNotLoad({ onRetry }) {
  return html`
    <div class="message is-problem" role="alert">
      <span>${say("survey.failed")}</span>
      <button type="button" class="secondary" onClick=${onRetry}>${say("buttons.try_again")}</button>
    </div>
  `;
}

function toTop() {
  window.scrollTo({ top: 0 });
  document.querySelector("h1")?.focus({ preventScroll: true });
}
