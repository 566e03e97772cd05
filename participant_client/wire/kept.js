/**
 * What a page remembers of the scenes its participant is in until they are done: answers, keys tried, time read.
 *
 * It outlives a reload, but not the tab, and belongs to one participant.
 */

const KEY = "kiosk.kept";

export class Kept {
  /**
   * @param {object} options
   * @param {{getItem: Function, setItem: Function, removeItem: Function}} options.storage
   * @param {() => string | null} options.owner Whose page this is now.
   */
  constructor({ storage, owner }) {
    this.storage = storage;
    this.owner = owner;
  }

  /** @param {string} sceneId @returns {any} What was kept last, or null. */
  read(sceneId) {
    return this.scenes()[sceneId] ?? null;
  }

  /** @param {string} sceneId @param {any} value Plain JSON. */
  write(sceneId, value) {
    this.store({ ...this.scenes(), [sceneId]: value });
  }

  /** @param {string} sceneId Done: nothing of it is needed any more. */
  drop(sceneId) {
    const { [sceneId]: _, ...others } = this.scenes();
    this.store(others);
  }

  scenes() {
    try {
      const { owner, scenes } = JSON.parse(this.storage.getItem(KEY)) ?? {};
      return owner === this.owner() ? scenes : {};
    } catch {
      return {};
    }
  }

  store(scenes) {
    try {
      this.storage.setItem(KEY, JSON.stringify({ owner: this.owner(), scenes }));
    } catch (error) {
      console.warn("What was filled in could not be kept; a reload begins this page anew:", error);
    }
  }
}
