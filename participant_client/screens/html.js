/** The one place that knows which library draws the screens: Preact with htm, so that there is no build step. */

export {
  html,
  render,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "../vendor/htm/standalone.module.js";
