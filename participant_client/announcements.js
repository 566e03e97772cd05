/**
 * What is said over the picture of a match: the countdown, why nothing moves, what has just become of the others.
 *
 * `standing.js` knows the reasons; this puts them on the page and takes them away again. Made by `match.js`.
 */

const COUNTDOWN_MS = 3000;
/** How long a line stands over the picture that tells something in passing. */
const NEWS_SHOWN_MS = 5000;

export class Announcements {
  /**
   * @param {object} options
   * @param {import("./page.js").Page} options.page
   * @param {import("./standing.js").Standing} options.standing
   * @param {() => Record<string, string>} options.connections How each partner is reached.
   * @param {() => boolean} options.shown Whether there is a picture of an episode to say something over.
   * @param {(delayMs: number, task: () => void) => void} options.after Runs a task later, unless the match is over.
   */
  constructor(options) {
    Object.assign(this, options);
    this.countingDown = false;
  }

  /** @param {number} episode @param {number} startInMs Until its first frame. */
  countDown(episode, startInMs) {
    const startsAt = performance.now() + startInMs;
    this.countingDown = true;
    const show = () => {
      this.page.update({ scene: "match" });
      this.page.updateMatch({ episode: episode + 1, overlay: { kind: "countdown", startsAt } });
    };
    // What is said before it, that an episode is finished, can be read for a moment at least.
    if (startInMs > COUNTDOWN_MS) this.after(startInMs - COUNTDOWN_MS, show);
    else show();
    this.after(startInMs, () => {
      this.countingDown = false;
      this.refresh();
    });
  }

  /** @param {{kind: "dropped" | "rejoined", seat: number}} news Said in passing. */
  tell(news) {
    this.page.updateMatch({ news });
    this.after(NEWS_SHOWN_MS, () => this.page.state.match.news === news && this.page.updateMatch({ news: null }));
  }

  /** Say over the picture why it stands still, when it does for long enough to be noticed. */
  refresh() {
    const { scene, match } = this.page.state;
    if (this.countingDown || !["match", "break"].includes(scene) || !this.shown()) return;
    const kind = this.standing.reason(scene, this.connections(), performance.now());
    if ((match.overlay?.kind ?? null) !== kind) this.page.updateMatch({ overlay: kind && { kind } });
  }
}
