/** Runs before everything else of the page, so that Python begins to load while the rest is still on its way. */

import { fetchStudy, Runtime } from "./runtime.js";

export const runtime = new Runtime({
  createWorker: () => new Worker("/client/worker/worker.js", { type: "module" }),
  fetchStudy: () => fetchStudy(),
});
runtime.start();
