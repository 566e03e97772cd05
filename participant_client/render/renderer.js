// The participant's picture: a Phaser game that runs no game. It has no loop, input, sound, physics or loader; it
// paints the newest draw list once, in the next animation frame, and sleeps until there is another.

import { Picture } from "./picture.js";

const PHASER = "../vendor/phaser/phaser.esm.min.js";

/** More device pixels than this in one game pixel cost time that nobody sees. */
const MAX_SCALE = 4;

/** In place of an animation frame's number: the renderer was destroyed and asks for no more of them. */
const GONE = -1;

/**
 * @typedef {import('./picture.js').DrawList} DrawList
 *
 * @typedef {object} Renderer
 * @property {HTMLCanvasElement} canvas
 * @property {(drawList: DrawList|string|null, onPainted?: (at: number) => void) => void} draw Paints a draw list (or its
 *   JSON text, or null for nothing) in the next animation frame, unless a newer one comes first. `onPainted` is called
 *   after the painting of this very list, with milliseconds since 1970 on the page's own clock; never for a list that
 *   was superseded.
 * @property {() => void} resize Fits the picture to its container; also done by itself when the container changes.
 * @property {() => void} destroy Takes the canvas out of the page and frees everything.
 */

/**
 * Makes a renderer inside an element, which it fills as far as the aspect ratio allows.
 *
 * @param {HTMLElement} container
 * @param {{width: number, height: number, background: string, type?: 'canvas'|'webgl'}} options
 *   width and height of the game in game pixels, the colour before the first picture, and which of Phaser's two
 *   renderers (for measurements; 'canvas' is what participants have).
 * @returns {Promise<Renderer>}
 */
export async function createRenderer(container, { width, height, background, type = "canvas" }) {
  const Phaser = await loadPhaser(type);
  const canvas = document.createElement("canvas");
  canvas.style.display = "block";
  canvas.style.margin = "auto";
  container.append(canvas);
  const { onblur, onfocus } = window;
  const { game, scene } = await startGame(Phaser, { canvas, width, height, background, type });
  Object.assign(window, { onblur, onfocus }); // Phaser has taken both for itself; the page may be using them
  const picture = new Picture(scene);

  /** @type {{drawList: DrawList|string|null, onPainted?: (at: number) => void}|null} */
  let newest = null;
  /** @type {DrawList} */
  let shown = { background, items: [] };
  let requested = 0;
  let scale = 0;
  let last = performance.now();

  function request() {
    if (requested === 0) requested = requestAnimationFrame(paint);
  }

  function paint(now) {
    requested = 0;
    const job = newest;
    newest = null;
    if (job !== null) shown = read(job.drawList) ?? { background, items: [] };
    picture.show(shown, scale);
    game.step(now, now - last);
    last = now;
    job?.onPainted?.(performance.timeOrigin + performance.now());
  }

  function resize() {
    if (requested === GONE) return;
    const ratio = window.devicePixelRatio || 1;
    const room = { width: container.clientWidth || width, height: container.clientHeight || height };
    const fit = Math.min(room.width / width, room.height / height);
    // Whole device pixels, or the browser would resample the canvas and blur every edge.
    const next = Math.min(Math.max(Math.floor(width * fit * ratio) / width, 0.1), MAX_SCALE);
    if (next === scale && game.scale.zoom === 1 / ratio) return;
    scale = next;
    game.scale.zoom = 1 / ratio;
    game.scale.resize(Math.round(width * scale), Math.round(height * scale));
    scene.cameras.main.setOrigin(0, 0).setZoom(scale);
    request();
  }

  const watching = new ResizeObserver(resize);
  watching.observe(container);
  const stopWatchingRatio = onPixelRatioChange(resize);
  resize();

  return {
    canvas,
    draw(drawList, onPainted) {
      newest = { drawList, onPainted };
      request();
    },
    resize,
    destroy() {
      watching.disconnect();
      stopWatchingRatio();
      cancelAnimationFrame(requested);
      requested = GONE;
      game.destroy(true);
      game.step(performance.now(), 0); // Phaser frees things in its next step
      canvas.remove();
    },
  };
}

/** @param {DrawList|string|null} drawList @returns {DrawList|null} */
function read(drawList) {
  return typeof drawList === "string" ? JSON.parse(drawList) : drawList;
}

/** @type {Promise<any>|null} */
let loading = null;

/**
 * Fetches Phaser, so that `createRenderer` finds it there. Call it while nobody is playing: running its 1.4 MB takes
 * the main thread for some tens of milliseconds.
 */
export function preloadRenderer() {
  return loadPhaser("canvas").then(() => undefined);
}

/** @param {'canvas'|'webgl'} type */
function loadPhaser(type) {
  loading ??= importPhaser(type).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** @param {'canvas'|'webgl'} type */
async function importPhaser(type) {
  if (type === "webgl") return import(PHASER);
  // While it loads, Phaser makes a WebGL context only to see whether that works. Starting the graphics process for it
  // blocks the page for 8 ms and more; a participant's picture is drawn on a 2D canvas anyway.
  const showContext = replace("WebGLRenderingContext", undefined);
  // It also loads two images of a few pixels to try blend modes. A browser notes where in the code a request comes
  // from, and for that may read all of Phaser once more, 30 to 50 ms; asked for from here it reads only this file.
  /** @type {(() => void)[]} */
  const requests = [];
  const showImage = replace("Image", laterImage(window.Image, requests));
  try {
    return await import(PHASER);
  } finally {
    showImage();
    showContext();
    setTimeout(() => requests.forEach((request) => request()));
  }
}

/**
 * @param {string} name of a property of the window
 * @param {unknown} value
 * @returns {() => void} puts back what was there
 */
function replace(name, value) {
  const before = Object.getOwnPropertyDescriptor(window, name);
  Object.defineProperty(window, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(window, name, before);
  };
}

/**
 * @param {typeof Image} Image
 * @param {(() => void)[]} requests
 * @returns {typeof Image} whose instances load nothing themselves; the requests are left in the list
 */
function laterImage(Image, requests) {
  return class extends Image {
    get src() {
      return super.src;
    }

    set src(url) {
      requests.push(() => (super.src = url));
    }
  };
}

/**
 * @param {any} Phaser
 * @param {{canvas: HTMLCanvasElement, width: number, height: number, background: string, type: string}} options
 * @returns {Promise<{game: any, scene: any}>}
 */
function startGame(Phaser, { canvas, width, height, background, type }) {
  return new Promise((resolve) => {
    const game = new Phaser.Game({
      type: type === "webgl" ? Phaser.WEBGL : Phaser.CANVAS,
      canvas,
      parent: null,
      width,
      height,
      backgroundColor: background,
      banner: false,
      autoFocus: false,
      disableContextMenu: false,
      audio: { noAudio: true },
      input: { keyboard: false, mouse: false, touch: false, gamepad: false, windowEvents: false },
      render: { antialias: true, clearBeforeRender: false, powerPreference: "low-power" },
      callbacks: {
        // Phaser's loop is never started: paint() steps the game, and only when there is something to paint.
        postBoot: (booted) => {
          booted.loop.start = () => {};
        },
      },
      scene: {
        plugins: [],
        create() {
          resolve({ game, scene: this });
        },
      },
    });
  });
}

/**
 * Calls back whenever the page moves to a screen with other pixels, or is zoomed.
 * @param {() => void} changed
 * @returns {() => void} stops it
 */
function onPixelRatioChange(changed) {
  let query = null;
  function listen() {
    query?.removeEventListener("change", listen);
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", listen);
    changed();
  }
  query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  query.addEventListener("change", listen);
  return () => query?.removeEventListener("change", listen);
}
