/**
 * One survey on the page: SurveyJS shows the questions and checks the answers; the page's own buttons turn its pages.
 *
 * What was filled in is kept after every change, so that a reload goes on where it was.
 */

import { say } from "../screens/words.js";
import { Asked } from "./asked.js";

/** Larger than any seed that chance would repeat. */
const SEEDS = 2 ** 31;

export class Form {
  /**
   * @param {object} options
   * @param {{Survey: any, SurveyUI: any}} options.surveyjs
   * @param {any} options.survey SurveyJS JSON.
   * @param {string} options.language
   * @param {any} options.kept What an earlier page of this scene had kept, or null.
   * @param {(kept: any) => void} options.keep Told everything that is to be kept.
   * @param {() => void} options.onChange What `place` returns may be another.
   * @param {(answers: object, questions: import("./asked.js").AskedQuestion[]) => void} options.onDone Everything is
   *   answered; the form stays closed until `reopen`.
   * @param {() => number} [options.now]
   */
  constructor({ surveyjs, survey, language, kept, keep, onChange, onDone, now = () => performance.now() }) {
    this.surveyjs = surveyjs;
    this.json = survey;
    this.keep = keep;
    this.onChange = onChange;
    this.onDone = onDone;
    this.asked = new Asked({ now, kept: kept?.asked ?? null });
    this.model = this.createModel(survey, language, kept);
    this.listen();
    this.remember();
  }

  createModel(survey, language, kept) {
    const model = new this.surveyjs.Survey.Model(survey);
    // A reload shows the same order of pages, questions and choices.
    model.randomSeed = kept?.seed ?? Math.floor(Math.random() * SEEDS);
    model.locale = language.split("-")[0];
    model.showNavigationButtons = false;
    model.showCompletePage = false;
    model.showPreviewBeforeComplete = false;
    model.cookieName = "";
    model.widthMode = "responsive";
    if (!("textUpdateMode" in survey)) model.textUpdateMode = "onTyping";
    for (const question of model.getAllQuestions()) {
      if (question.getType() === "ranking" && !question.description) question.description = say("survey.ranking");
    }
    if (kept) {
      model.data = kept.data;
      if (kept.begun && model.state === "starting") model.start();
      model.currentPageNo = kept.page;
    }
    return model;
  }

  listen() {
    const { model } = this;
    model.onAfterRenderQuestion.add((_, { question, htmlElement }) => {
      this.asked.shown(question.getValueName());
      if (question.getType() === "ranking") nameRanking(question, htmlElement);
    });
    model.onValueChanged.add((_, { name }) => {
      this.asked.changed(name);
      this.remember();
      this.onChange();
    });
    model.onCurrentPageChanged.add(() => {
      this.remember();
      this.onChange();
    });
    model.onStarted.add(() => {
      this.remember();
      this.onChange();
    });
    model.onPageVisibleChanged.add(() => this.onChange());
    model.onErrorCustomText.add((_, options) => {
      if (options.name === "required" && !options.obj?.requiredErrorText) options.text = say("survey.required");
    });
    model.onComplete.add(() => this.finish());
  }

  remember() {
    const { model } = this;
    this.keep({
      seed: model.randomSeed,
      data: model.data,
      begun: model.state !== "starting",
      page: model.currentPageNo,
      asked: this.asked.keep(),
    });
  }

  finish() {
    const { model } = this;
    this.onDone(model.data, this.asked.questions(model.getAllQuestions(true)));
  }

  /** @param {HTMLElement} element Where the questions are shown. */
  show(element) {
    this.element = element;
    this.surveyjs.SurveyUI.renderSurvey(this.model, element);
  }

  close() {
    this.model.stopTimer();
    this.surveyjs.SurveyUI.unmountComponentAtNode?.(this.element);
    this.model.dispose();
  }

  /** @returns {{page: number, pages: number, back: string | null, next: string, isLast: boolean}} Buttons and place. */
  get place() {
    const { model } = this;
    const starting = model.state === "starting";
    const isLast = !starting && !model.isShowNextButton;
    return {
      page: model.currentPageNo + 1,
      pages: starting ? 1 : model.visiblePages.length,
      back: model.isShowPrevButton ? this.label("pagePrevText", "survey.back") : null,
      next: starting ? this.label("startSurveyText", "survey.begin") : this.label("pageNextText", "survey.next"),
      submit: "completeText" in this.json ? model.completeText : null,
      isLast,
    };
  }

  /** What the study calls a button, else what the program does. */
  label(own, key) {
    return own in this.json ? this.model[own] : say(key);
  }

  back() {
    this.model.performPrevious();
  }

  /** On with the survey, or, on its last page, hand it in; SurveyJS shows what is missing and does neither then. */
  next() {
    const { model } = this;
    if (model.state === "starting") model.start();
    else if (model.isShowNextButton) model.performNext();
    else model.tryComplete();
  }

  /**
   * It was not taken, or not all of it is right.
   * @param {string[]} [wrong] Questions to mark.
   */
  reopen(wrong = []) {
    const { model } = this;
    model.clear(false, false);
    const marked = model.getAllQuestions(true).filter((question) => wrong.includes(question.getValueName()));
    if (marked.length > 0) model.currentPage = marked[0].page;
    for (const question of marked) question.addError(new this.surveyjs.Survey.SurveyError(say("quiz.mark"), question));
    marked[0]?.focus();
    this.onChange();
  }
}

/** SurveyJS moves its items by the arrow keys, and does not tell screen readers what they are. */
function nameRanking(question, element) {
  for (const list of element.querySelectorAll(".sv-ranking")) {
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-labelledby", question.ariaTitleId);
    for (const item of list.querySelectorAll(".sv-ranking-item")) item.setAttribute("role", "option");
  }
}
