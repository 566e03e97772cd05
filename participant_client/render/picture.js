// A draw list on a Phaser scene, in the order of its items: first the backdrop, then runs of shapes in Graphics
// objects, with texts between them at their own depth.

import { Backdrop } from "./backdrop.js";
import { SHAPES } from "./shapes.js";
import { TextPool } from "./text_pool.js";

/**
 * @typedef {object} DrawList
 * @property {string} background
 * @property {any[][]} items [kind, ...] each; see docs/drawing.md
 */

export class Picture {
  /** @param {any} scene the Phaser scene to draw on */
  constructor(scene) {
    this.scene = scene;
    this.camera = scene.cameras.main;
    this.backdrop = new Backdrop(scene);
    this.texts = new TextPool(scene);
    /** @type {any[]} one Graphics for each run of shapes between two texts */
    this.runs = [];
    this.background = "";
  }

  /**
   * Puts a draw list in place of the last one.
   * @param {DrawList} drawList
   * @param {number} scale device pixels in one game pixel
   */
  show({ background, items }, scale) {
    if (background !== this.background) {
      this.background = background;
      this.camera.setBackgroundColor(background);
    }
    this.texts.begin(scale);
    let depth = 0;
    let used = 0;
    let graphics = null;
    for (let i = this.backdrop.show(items, scale); i < items.length; i += 1) {
      const item = items[i];
      if (item[0] === "text") {
        this.texts.show(item, ++depth);
        graphics = null;
        continue;
      }
      if (graphics === null) graphics = this.run(used++, ++depth);
      // An unknown kind is left out rather than stopping the game: the engine's own check has named it already.
      SHAPES[item[0]]?.(graphics, item);
    }
    this.texts.end();
    for (let i = used; i < this.runs.length; i += 1) this.runs[i].clear();
  }

  /** @param {number} index @param {number} depth */
  run(index, depth) {
    const graphics = this.runs[index] ?? (this.runs[index] = this.scene.add.graphics());
    graphics.clear();
    if (graphics.depth !== depth) graphics.setDepth(depth);
    return graphics;
  }
}
