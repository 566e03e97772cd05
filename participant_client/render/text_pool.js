// Phaser Text objects, kept and used again. Making one renders its letters into a texture, which costs more than the
// rest of a frame together; an object whose string, size, colour and weight stay the same is only moved.

import { parseColor } from "./shapes.js";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Objects kept though nothing shows them: enough for a score that changes, few enough to forget old ones. */
const KEPT = 48;

const ORIGINS = { left: 0, center: 0.5, right: 1 };

/**
 * @typedef {object} Entry
 * @property {any} text the Phaser Text
 * @property {string} key what its texture shows
 * @property {number} usedIn number of the frame that used it last
 */

export class TextPool {
  /** @param {any} scene the Phaser scene that the texts belong to */
  constructor(scene) {
    this.scene = scene;
    /** @type {Map<string, Entry[]>} */
    this.byKey = new Map();
    /** @type {Entry[]} */
    this.entries = [];
    this.frame = 0;
    this.resolution = 1;
    /** Textures rendered so far, for tests and measurements. */
    this.rendered = 0;
  }

  /** Begins a frame: nothing is used yet. @param {number} resolution device pixels in one game pixel */
  begin(resolution) {
    this.frame += 1;
    if (resolution === this.resolution) return;
    this.resolution = resolution;
    for (const entry of this.entries) entry.text.setResolution(resolution);
  }

  /**
   * Shows one text item at a depth.
   * @param {any[]} item ["text", x, y, string, size, color, align, weight]
   * @param {number} depth
   */
  show([, x, y, string, size, color, align, weight], depth) {
    const { alpha } = parseColor(color);
    const rgb = color.slice(0, 7);
    const entry = this.take(`${size} ${weight} ${rgb} ${string}`, string, size, rgb, weight);
    const { text } = entry;
    text.setPosition(x, y).setOrigin(ORIGINS[align] ?? 0, 0.5).setAlpha(alpha);
    if (text.depth !== depth) text.setDepth(depth);
    if (!text.visible) text.setVisible(true);
  }

  /** Ends a frame: hides what it did not use. */
  end() {
    for (const entry of this.entries) {
      if (entry.usedIn !== this.frame && entry.text.visible) entry.text.setVisible(false);
    }
  }

  /** @param {string} key @param {string} string @param {number} size @param {string} rgb @param {string} weight */
  take(key, string, size, rgb, weight) {
    const same = this.byKey.get(key);
    const found = same?.find((entry) => entry.usedIn !== this.frame);
    const entry = found ?? this.render(key, string, size, rgb, weight);
    entry.usedIn = this.frame;
    return entry;
  }

  /** @param {string} key @param {string} string @param {number} size @param {string} rgb @param {string} weight */
  render(key, string, size, rgb, weight) {
    this.rendered += 1;
    const style = {
      fontFamily: FONT, fontSize: `${size}px`, fontStyle: weight === "bold" ? "bold" : "", color: rgb,
      resolution: this.resolution,
    };
    let entry = this.entries.length < KEPT ? undefined : this.oldestIdle();
    if (entry === undefined) {
      entry = { text: this.scene.add.text(0, 0, string, style), key, usedIn: 0 };
      this.entries.push(entry);
    } else {
      this.forget(entry);
      entry.text.setStyle(style).setText(string);
      entry.key = key;
    }
    const same = this.byKey.get(key);
    if (same === undefined) this.byKey.set(key, [entry]);
    else same.push(entry);
    return entry;
  }

  /** @returns {Entry|undefined} */
  oldestIdle() {
    let oldest;
    for (const entry of this.entries) {
      if (entry.usedIn !== this.frame && (oldest === undefined || entry.usedIn < oldest.usedIn)) oldest = entry;
    }
    return oldest;
  }

  /** @param {Entry} entry */
  forget(entry) {
    const left = (this.byKey.get(entry.key) ?? []).filter((other) => other !== entry);
    if (left.length > 0) this.byKey.set(entry.key, left);
    else this.byKey.delete(entry.key);
  }
}
