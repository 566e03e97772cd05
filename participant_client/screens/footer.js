/** The foot of every page: how far along, the hand that calls the researcher, and the way out. */

import { html } from "./html.js";
import { say } from "./words.js";

export function PageFooter({ state, flow }) {
  const { view, loading } = state;
  const { progress, hand_raised: raised } = view;
  return html`
    <footer class="page-footer">
      <span class="so-far">
        ${progress ? html`<span>${say("footer.step", progress)}</span>` : null}
        ${raised ? html`<span class="good">${say("footer.hand_raised")}</span>` : null}
        ${loading.state === "loading"
          ? html`<span>${say("footer.loading", { percent: Math.round(loading.fraction * 100) })}</span>`
          : null}
      </span>
      <${Ways} state=${state} flow=${flow} />
    </footer>
  `;
}

/** Raise a hand, and leave: at the foot of a page, or at the head of the game's, which has no room below. */
export function Ways({ state, flow }) {
  const { hand_raised: raised } = state.view;
  return html`
    <div class="ways">
      <button
        type="button"
        class="quiet ${raised ? "is-raised" : ""}"
        onClick=${() => flow.raiseHand(!raised)}
      >
        <${Hand} />${say(raised ? "footer.lower_hand" : "footer.raise_hand")}
      </button>
      <button type="button" class="quiet" onClick=${() => flow.askToLeave(true)}>${say("buttons.leave")}</button>
    </div>
  `;
}

function Hand() {
  return html`
    <svg class="hand" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
      <path
        d="M7 12V5.5a1.5 1.5 0 0 1 3 0V11m0-.5v-7a1.5 1.5 0 0 1 3 0V11m0-6a1.5 1.5 0 0 1 3 0v7m0-4.5a1.5 1.5 0 0 1 3 0V15a7 7 0 0 1-7 7h-1c-2.5 0-4-1-5.3-3L4 14.5a1.6 1.6 0 0 1 2.6-1.8L8 14.5"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  `;
}
