/** Which questions of a survey were shown, in which order, and how long it took to answer each. */

/** They show something and ask nothing. */
const SHOWN_ONLY = ["html", "image"];
const LONGEST_TITLE = 2000;

/** @typedef {{name: string, title: string, type: string, order: number, rt_ms: number | null}} AskedQuestion */

export class Asked {
  /**
   * @param {object} options
   * @param {() => number} options.now Milliseconds, never going back.
   * @param {{elapsedMs: number, shown: Record<string, number>, changed: Record<string, number>} | null} options.kept
   *   What an earlier page of this scene had kept.
   */
  constructor({ now, kept }) {
    this.now = now;
    this.startedAt = now() - (kept?.elapsedMs ?? 0);
    this.shownAt = { ...kept?.shown };
    this.changedAt = { ...kept?.changed };
  }

  /** @returns {number} How long the survey has been on the page, milliseconds; the time of a reload is left out. */
  get elapsedMs() {
    return Math.round(this.now() - this.startedAt);
  }

  /** @param {string} name A question has come into the page; the first time counts. */
  shown(name) {
    this.shownAt[name] ??= this.elapsedMs;
  }

  /** @param {string} name Its answer has changed; the last time counts. */
  changed(name) {
    this.changedAt[name] = this.elapsedMs;
  }

  /** @returns {object} What the next page of this scene needs. */
  keep() {
    return { elapsedMs: this.elapsedMs, shown: this.shownAt, changed: this.changedAt };
  }

  /**
   * @param {{getValueName(): string, getType(): string, processedTitle: string}[]} questions SurveyJS's, as ordered on
   *   the page.
   * @returns {AskedQuestion[]} Those that were shown. Two questions with one answer count once.
   */
  questions(questions) {
    const asked = questions.filter(
      (question, index) =>
        !SHOWN_ONLY.includes(question.getType()) &&
        question.getValueName() in this.shownAt &&
        questions.findIndex((other) => other.getValueName() === question.getValueName()) === index,
    );
    return asked.map((question, index) => ({
      name: question.getValueName(),
      title: (question.processedTitle ?? "").slice(0, LONGEST_TITLE),
      type: question.getType(),
      order: index + 1,
      rt_ms: this.reactionMs(question.getValueName()),
    }));
  }

  reactionMs(name) {
    const changed = this.changedAt[name];
    return changed === undefined ? null : Math.max(0, changed - this.shownAt[name]);
  }
}
