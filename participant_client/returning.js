/**
 * How a page gets back into a match that goes on without it: it loads itself again, by itself for the first few times.
 */

const KEY = "kiosk.returns";
/** A page that is lost again and again is not helped by loading it for ever. */
const MOST_RETURNS = 3;

export class Returns {
  /**
   * @param {object} options
   * @param {any} options.storage Where the number of returns outlives a reload, as does who the page is.
   * @param {() => void} options.reload
   */
  constructor({ storage, reload }) {
    Object.assign(this, { storage, reload });
  }

  /** @returns {boolean} Whether the page that is loaded again will know whose it is. */
  get possible() {
    return !this.storage.forgets;
  }

  /**
   * Back into a match, as a page that was loaded again; what this one has recorded is not lost with it.
   * @param {import("./match.js").Match} match
   * @returns {Promise<boolean>} False when that was done often enough; true also when the match has ended meanwhile.
   */
  async enter(match) {
    // A page that takes long to load was given up for it: what it has loaded by then, the next one need not.
    if (match.early) await match.runtime.loaded;
    match.runtime.post({ type: "end", reason: "EVICTED" });
    await match.recording.handedOver();
    match.mesh.close();
    await match.uploads.kept();
    return match.over || this.byItself(match.matchId);
  }

  /**
   * @param {string} matchId
   * @returns {boolean} False when that was done often enough: somebody should look at this page.
   */
  byItself(matchId) {
    const [known, count] = (this.storage.getItem(KEY) ?? "").split(" ");
    const before = known === matchId ? Number(count) : 0;
    if (before >= MOST_RETURNS) return false;
    this.storage.setItem(KEY, `${matchId} ${before + 1}`);
    this.reload();
    return true;
  }
}
