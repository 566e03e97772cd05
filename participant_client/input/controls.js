/** Everything the participant acts with in a game, as its setup declares: keyboard, mouse, gamepad. */

import { Gamepad } from "./gamepad.js";
import { Keyboard } from "./keyboard.js";
import { Pointer } from "./pointer.js";

export class Controls {
  /**
   * @param {object} options
   * @param {{keys: object, mouse?: {buttons?: object} | null, gamepad?: object | null}} options.setup
   * @param {() => Element | null} options.picture What the game is drawn on, once it is.
   * @param {(message: any) => void} options.post Told every change.
   */
  constructor({ setup, picture, post }) {
    this.devices = [new Keyboard({ codes: Object.keys(setup.keys), post })];
    if (setup.mouse) this.devices.push(new Pointer({ buttons: Object.keys(setup.mouse.buttons ?? {}), picture, post }));
    if (setup.gamepad) this.devices.push(new Gamepad({ post }));
  }

  start() {
    for (const device of this.devices) device.start();
  }

  /** Let go of everything. */
  stop() {
    for (const device of this.devices) device.stop();
  }
}
