/** The page around the screens: which screen is shown, the study's name, banners, and what is read aloud. */

import { AwayScreen, EndScreen, ErrorScreen, PartnerLeftScreen, SavingScreen } from "./closing.js";
import { GameScreen } from "./game.js";
import { ConsentScreen } from "./consent.js";
import { PageFooter, Ways } from "./footer.js";
import { HoldScreen } from "./hold.js";
import { html, render } from "./html.js";
import { InstructionsScreen } from "./instructions.js";
import { LeaveDialog } from "./leave.js";
import { QuizScreen } from "./quiz.js";
import { StartScreen } from "./start.js";
import { StaticScreen } from "./static.js";
import { SurveyScreen } from "./survey.js";
import { LoadingScreen, WaitingScreen } from "./waiting.js";
import { passingNews, presence, say, spokenLanguage, standstill } from "./words.js";

const SCREENS = {
  start: StartScreen,
  static: StaticScreen,
  consent: ConsentScreen,
  instructions: InstructionsScreen,
  quiz: QuizScreen,
  survey: SurveyScreen,
  hold: HoldScreen,
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
/** Each step has a page of its own; those of a game are one, whose picture must stay. */
const PAGES = ["static", "consent", "instructions", "quiz", "survey", "hold"];
/** These fill the window, or are the last ones. */
const WITHOUT_FOOTER = ["start", "match", "break", "partner_left", "saving", "end", "error"];

/**
 * Draw the page's state. Called for every change.
 * @param {HTMLElement} root
 * @param {import("../page.js").PageState} state
 * @param {import("../flow.js").Flow} flow
 */
export function drawScreens(root, state, flow) {
  document.body.dataset.scene = state.scene;
  document.title = pageTitle(state);
  document.documentElement.lang = spokenLanguage();
  render(html`<${App} state=${state} flow=${flow} />`, root);
}

function App({ state, flow }) {
  // Before the study has come there are no texts to draw the other pages with.
  const Screen = state.study || state.scene === "error" ? SCREENS[state.scene] : StartScreen;
  const step = PAGES.includes(state.scene) ? state.view.scene.id : null;
  const offline = state.study && !state.online && !WITHOUT_SERVER.includes(state.scene);
  return html`
    <header class="masthead">
      <span>${state.study?.title ?? ""}</span>
      ${["match", "break"].includes(state.scene) ? html`<${Ways} state=${state} flow=${flow} />` : null}
    </header>
    <div class="banner ${offline ? "is-shown" : ""}" role="status">
      ${offline ? say("page.offline") : ""}
    </div>
    <main><${Screen} key=${step} state=${state} flow=${flow} /></main>
    ${state.view?.can_withdraw && !WITHOUT_FOOTER.includes(state.scene)
      ? html`<${PageFooter} state=${state} flow=${flow} />`
      : null}
    ${state.asksToLeave ? html`<${LeaveDialog} state=${state} flow=${flow} />` : null}
    <div class="read-aloud" aria-live="polite">${announcement(state)}</div>
  `;
}

function pageTitle(state) {
  if (!state.study) return say("page.study");
  const study = state.study.title;
  if (["waiting", "hold"].includes(state.scene)) return say("page.title_waiting", { study });
  if (state.scene === "match" && state.match.overlay?.kind === "connecting") return say("page.title_begins", { study });
  if (state.scene === "saving") return say("page.title_saving", { study });
  return study;
}

/** Changes that a person who does not see the screen must hear about. Headings take the focus and need no more. */
function announcement(state) {
  const { view } = state;
  if (!state.study) return "";
  const match = state.match && { ...state.match, online: state.online };
  if (state.scene === "waiting") return view.waiting ? presence(view.waiting) : "";
  if (state.scene === "break") return say("game.announce_finished", figuresOf(match));
  if (state.scene === "match") {
    if (match.overlay?.kind === "connecting") {
      return say("game.announce_connecting", { what: standstill("connecting", match).strong });
    }
    if (match.overlay?.kind === "countdown") return say("game.announce_countdown", figuresOf(match));
    if (match.overlay) return Object.values(standstill(match.overlay.kind, match)).join(" ");
    if (match.news) return passingNews(match.news, match);
  }
  return "";
}

function figuresOf({ episode, episodes }) {
  return { episode, episodes };
}
