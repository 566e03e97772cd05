/** A small curve beside a number: how it went, not what it was. */
import { html } from '../html.js';
import { CURVE_POINTS } from '../live/state.js';

const WIDTH = 64;
const HEIGHT = 18;
/** A quiet line must not look wild: the height stands for at least so many milliseconds. */
const LEAST_RANGE_MS = 60;

/** @param {{values: number[]}} props */
export function Curve({ values }) {
  if (values.length < 2) return html`<svg class="curve" width=${WIDTH} height=${HEIGHT} aria-hidden="true"></svg>`;
  const top = Math.max(LEAST_RANGE_MS, ...values) * 1.1;
  const step = WIDTH / (CURVE_POINTS - 1);
  const start = WIDTH - step * (values.length - 1);
  const points = values.map((value, index) => `${(start + index * step).toFixed(1)},${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`);
  return html`<svg class="curve" width=${WIDTH} height=${HEIGHT} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
    <polyline points=${points.join(' ')} /></svg>`;
}
