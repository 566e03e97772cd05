// What stays the same at the beginning of every picture (floor, walls, furniture), painted once. Environments start
// each frame's picture with the same shapes; finding that out here spares them from having to say so, and spares every
// participant's computer most of the painting.

import { SHAPES } from "./shapes.js";

/** Fewer unchanging shapes than this are painted again more cheaply than they are kept. */
const WORTH_KEEPING = 24;

/** Pictures that must begin alike before the beginning is kept. */
const ALIKE = 4;

const KEY = "backdrop";

export class Backdrop {
  /** @param {any} scene the Phaser scene to draw on */
  constructor(scene) {
    this.scene = scene;
    this.graphics = scene.make.graphics({}, false);
    this.image = null;
    /** @type {any[][]} the shapes that the image shows */
    this.kept = [];
    /** @type {any[][]} the last picture, for finding what stays the same */
    this.last = [];
    this.alike = 0;
    this.common = 0;
    this.scale = 0;
    /** Times the image was painted, for tests and measurements. */
    this.painted = 0;
  }

  /**
   * Shows the unchanging beginning of a picture.
   * @param {any[][]} items all items of the picture
   * @param {number} scale device pixels in one game pixel
   * @returns {number} how many items are shown; the caller draws the others
   */
  show(items, scale) {
    if (this.kept.length > 0) {
      const same = commonStart(this.kept, items);
      if (same < this.kept.length) this.keep(items.slice(0, same), scale);
      else if (scale !== this.scale) this.keep(this.kept, scale);
      if (this.kept.length > 0) return this.kept.length;
    }
    const common = Math.min(commonStart(this.last, items), this.alike > 0 ? this.common : Infinity);
    this.alike = common >= WORTH_KEEPING ? this.alike + 1 : 0;
    this.common = common;
    this.last = items;
    if (this.alike >= ALIKE) this.keep(items.slice(0, common), scale);
    return this.kept.length;
  }

  /** @param {any[][]} items @param {number} scale */
  keep(items, scale) {
    this.last = [];
    this.alike = 0;
    this.kept = items.length >= WORTH_KEEPING ? items : [];
    this.image?.setVisible(this.kept.length > 0);
    if (this.kept.length > 0) this.paint(scale);
  }

  /** @param {number} scale */
  paint(scale) {
    const { width, height } = this.scene.scale;
    const { textures } = this.scene.sys;
    const texture = textures.exists(KEY) ? textures.get(KEY) : textures.createCanvas(KEY, width, height);
    texture.setSize(width, height);
    texture.clear();
    this.graphics.clear();
    this.graphics.setScale(scale);
    for (const item of this.kept) SHAPES[item[0]]?.(this.graphics, item);
    this.graphics.generateTexture(KEY, width, height);
    this.image ??= this.scene.add.image(0, 0, KEY).setOrigin(0, 0).setDepth(0);
    this.image.setTexture(KEY).setScale(1 / scale);
    this.scale = scale;
    this.painted += 1;
  }
}

/**
 * Counts the shapes that two pictures have in common from their first on. A text ends it: texts are kept elsewhere.
 * @param {any[][]} one @param {any[][]} other
 * @returns {number}
 */
export function commonStart(one, other) {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i += 1) {
    const a = one[i];
    if (a[0] === "text" || !sameItem(a, other[i])) return i;
  }
  return length;
}

/** @param {any[]} a @param {any[]} b */
function sameItem(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] === b[i]) continue;
    if (!Array.isArray(a[i]) || !Array.isArray(b[i]) || !sameItem(a[i], b[i])) return false;
  }
  return true;
}
