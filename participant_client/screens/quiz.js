/** Questions about the instructions: what was wrong, and how many attempts are left. The server grades. */

import { html } from "./html.js";
import { Questions } from "./survey.js";
import { say } from "./words.js";

export function QuizScreen({ state, flow }) {
  const { view, quiz } = state;
  const left = say("quiz.attempts", { count: view.content.attempts_left });
  return html`
    <${Questions} state=${state} flow=${flow} submit=${say("quiz.submit")}>
      ${quiz && !quiz.passed
        ? html`<p class="message is-warning" role="alert" key=${quiz.attempts_left}>
            <span><strong>${mistakes(quiz)}</strong> ${left}</span>
          </p>`
        : html`<p class="muted">${left}</p>`}
    <//>
  `;
}

function mistakes({ wrong }) {
  return wrong.length > 0 ? say("quiz.wrong", { count: wrong.length }) : say("quiz.not_right");
}
