// The kinds of a draw list as Phaser Graphics commands. Called by picture.js for every item of every painted frame, so
// nothing is allocated here but what Phaser's own command buffer takes.

/**
 * The part of Phaser's Graphics that shapes are made of.
 * @typedef {object} Graphics
 * @property {(color: number, alpha: number) => void} fillStyle
 * @property {(width: number, color: number, alpha: number) => void} lineStyle
 * @property {() => void} beginPath
 * @property {() => void} closePath
 * @property {() => void} fillPath
 * @property {() => void} strokePath
 * @property {(x: number, y: number) => void} moveTo
 * @property {(x: number, y: number) => void} lineTo
 * @property {(x: number, y: number, r: number, from: number, to: number) => void} arc
 * @property {(x: number, y: number, w: number, h: number) => void} fillRect
 */

const DEGREE = Math.PI / 180;
const TURN = Math.PI * 2;

/** @type {Map<string, {rgb: number, alpha: number}>} */
const parsed = new Map();
const PARSED_LIMIT = 2048;

/**
 * @param {string} color "#rrggbb" or "#rrggbbaa"
 * @returns {{rgb: number, alpha: number}}
 */
export function parseColor(color) {
  let found = parsed.get(color);
  if (found === undefined) {
    const rgb = parseInt(color.slice(1, 7), 16);
    const alpha = color.length === 9 ? parseInt(color.slice(7), 16) / 255 : 1;
    found = { rgb: Number.isNaN(rgb) ? 0 : rgb, alpha: Number.isNaN(alpha) ? 1 : alpha };
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    parsed.set(color, found);
  }
  return found;
}

/** @param {Graphics} graphics @param {string} color */
function fillWith(graphics, color) {
  const { rgb, alpha } = parseColor(color);
  graphics.fillStyle(rgb, alpha);
}

/** @param {Graphics} graphics @param {string} color @param {number} width */
function strokeWith(graphics, color, width) {
  const { rgb, alpha } = parseColor(color);
  graphics.lineStyle(width, rgb, alpha);
}

/**
 * Fills the path that was just made, and strokes it where a stroke is asked for.
 * @param {Graphics} graphics @param {string} fill @param {string|null} stroke @param {number} width
 */
function paintPath(graphics, fill, stroke, width) {
  fillWith(graphics, fill);
  graphics.fillPath();
  if (stroke !== null && width > 0) {
    strokeWith(graphics, stroke, width);
    graphics.strokePath();
  }
}

/** @param {Graphics} graphics */
function rect(graphics, [, x, y, w, h, fill, stroke, strokeWidth, radius]) {
  if (radius === 0 && stroke === null) {
    fillWith(graphics, fill);
    graphics.fillRect(x, y, w, h);
    return;
  }
  const r = Math.min(radius, w / 2, h / 2);
  const right = x + w;
  const bottom = y + h;
  graphics.beginPath();
  graphics.moveTo(x + r, y);
  graphics.lineTo(right - r, y);
  if (r > 0) graphics.arc(right - r, y + r, r, -90 * DEGREE, 0);
  graphics.lineTo(right, bottom - r);
  if (r > 0) graphics.arc(right - r, bottom - r, r, 0, 90 * DEGREE);
  graphics.lineTo(x + r, bottom);
  if (r > 0) graphics.arc(x + r, bottom - r, r, 90 * DEGREE, 180 * DEGREE);
  graphics.lineTo(x, y + r);
  if (r > 0) graphics.arc(x + r, y + r, r, 180 * DEGREE, 270 * DEGREE);
  graphics.closePath();
  paintPath(graphics, fill, stroke, strokeWidth);
}

/** @param {Graphics} graphics */
function circle(graphics, [, x, y, r, fill, stroke, strokeWidth]) {
  graphics.beginPath();
  graphics.arc(x, y, r, 0, TURN);
  graphics.closePath();
  paintPath(graphics, fill, stroke, strokeWidth);
}

/** Corners for ellipses: 40 keep the chord within a fifth of a pixel up to a half axis of 60 pixels. */
const CORNERS = 40;
const COS = Array.from({ length: CORNERS }, (_, i) => Math.cos((i * TURN) / CORNERS));
const SIN = Array.from({ length: CORNERS }, (_, i) => Math.sin((i * TURN) / CORNERS));

/** @param {Graphics} graphics */
function ellipse(graphics, [, x, y, rx, ry, fill, stroke, strokeWidth]) {
  const step = rx > 24 || ry > 24 ? 1 : 2;
  graphics.beginPath();
  graphics.moveTo(x + rx, y);
  for (let i = step; i < CORNERS; i += step) graphics.lineTo(x + rx * COS[i], y + ry * SIN[i]);
  graphics.closePath();
  paintPath(graphics, fill, stroke, strokeWidth);
}

/** @param {Graphics} graphics */
function arc(graphics, [, x, y, r, startDegrees, endDegrees, color, width]) {
  const sweep = Math.min(endDegrees - startDegrees, 360);
  if (sweep <= 0 || width <= 0) return;
  strokeWith(graphics, color, width);
  graphics.beginPath();
  graphics.arc(x, y, r, startDegrees * DEGREE, (startDegrees + sweep) * DEGREE);
  if (sweep === 360) graphics.closePath();
  graphics.strokePath();
}

/** @param {Graphics} graphics */
function line(graphics, [, x1, y1, x2, y2, color, width]) {
  if (width <= 0) return;
  strokeWith(graphics, color, width);
  graphics.beginPath();
  graphics.moveTo(x1, y1);
  graphics.lineTo(x2, y2);
  graphics.strokePath();
}

/** @param {Graphics} graphics */
function polygon(graphics, [, points, fill, stroke, strokeWidth]) {
  graphics.beginPath();
  graphics.moveTo(points[0], points[1]);
  for (let i = 2; i + 1 < points.length; i += 2) graphics.lineTo(points[i], points[i + 1]);
  graphics.closePath();
  paintPath(graphics, fill, stroke, strokeWidth);
}

/**
 * Every kind but "text", which is not a shape: kind -> (graphics, item) => void.
 * @type {Record<string, (graphics: Graphics, item: any[]) => void>}
 */
export const SHAPES = { rect, circle, ellipse, arc, line, polygon };
