/** The page around the screens: which screen is shown, the study's name, banners, and what is read aloud. */

import { AwayScreen, EndScreen, ErrorScreen, PartnerLeftScreen, SavingScreen } from "./closing.js";
import { GameScreen } from "./game.js";
import { html, render, useEffect, useRef } from "./html.js";
import { Notice } from "./parts.js";
import { StartScreen } from "./start.js";
import { LoadingScreen, WaitingScreen } from "./waiting.js";
import { passingNews, presence, standstill } from "./words.js";

const SCREENS = {
  start: StartScreen,
  loading: LoadingScreen,
  waiting: WaitingScreen,
  match: GameScreen,
  break: GameScreen,
  away: AwayScreen,
  saving: SavingScreen,
  partner_left: PartnerLeftScreen,
  end: EndScreen,
  error: ErrorScreen,
};
const WITHOUT_SERVER = ["start", "end", "error", "saving"];

/**
 * Draw the page's state. Called for every change.
 * @param {HTMLElement} root
 * @param {import("../page.js").PageState} state
 * @param {import("../flow.js").Flow} flow
 */
export function drawScreens(root, state, flow) {
  document.body.dataset.scene = state.scene;
  document.title = pageTitle(state);
  if (state.study?.language) document.documentElement.lang = state.study.language;
  render(html`<${App} state=${state} flow=${flow} />`, root);
}

function App({ state, flow }) {
  const Screen = SCREENS[state.scene];
  const offline = !state.online && !WITHOUT_SERVER.includes(state.scene);
  return html`
    <header class="masthead"><span>${state.study?.title ?? ""}</span></header>
    <div class="banner ${offline ? "is-shown" : ""}" role="status">
      ${offline ? "The connection to the study is interrupted. We are trying again…" : ""}
    </div>
    <main><${Screen} state=${state} flow=${flow} /></main>
    ${state.asksToLeave ? html`<${LeaveDialog} state=${state} flow=${flow} />` : null}
    <div class="read-aloud" aria-live="polite">${announcement(state)}</div>
  `;
}

function LeaveDialog({ state, flow }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  const onCancel = (event) => {
    event.preventDefault();
    flow.askToLeave(false);
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="leave-title" onCancel=${onCancel}>
      <h2 id="leave-title">Leave the study?</h2>
      <p>
        ${state.match ? "The game ends for you and for the people you play with." : "Your part ends here."}
        You cannot come back.
      </p>
      <${Notice} text=${state.notice} />
      <div class="dialog-buttons">
        <button type="button" class="secondary" onClick=${() => flow.askToLeave(false)}>Stay</button>
        <button type="button" class="danger" disabled=${state.busy} onClick=${() => flow.leave()}>
          Leave the study
        </button>
      </div>
    </dialog>
  `;
}

function pageTitle(state) {
  const study = state.study?.title ?? "Study";
  if (state.scene === "waiting") return `Waiting… · ${study}`;
  if (state.scene === "match" && state.match.overlay?.kind === "connecting") return `Your game begins! · ${study}`;
  if (state.scene === "saving") return `Saving… · ${study}`;
  return study;
}

/** Changes that a person who does not see the screen must hear about. Headings take the focus and need no more. */
function announcement(state) {
  const { view } = state;
  const match = state.match && { ...state.match, online: state.online };
  if (state.scene === "waiting") return view.waiting ? presence(view.waiting) : "";
  if (state.scene === "break") return `Episode ${match.episode} of ${match.episodes} is finished.`;
  if (state.scene === "match") {
    if (match.overlay?.kind === "connecting") return `${standstill("connecting", match).strong}. The game begins soon.`;
    if (match.overlay?.kind === "countdown") return `Episode ${match.episode} begins in a few seconds.`;
    if (match.overlay) return Object.values(standstill(match.overlay.kind, match)).join(" ");
    if (match.news) return passingNews(match.news, match);
  }
  return "";
}
