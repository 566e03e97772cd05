// Boots the runtime exactly as a participant's worker does, then runs benchmarks/engine_costs.py inside it.

import { bootRuntime } from "../client/worker/boot.js";

const MODULE = "/engine_costs.py";

async function measure() {
  const job = await (await fetch("job.json")).json();
  const say = (label) => postMessage({ type: "progress", label });
  const pyodide = await bootRuntime(job.runtime, { onProgress: (_fraction, label) => say(label) });
  pyodide.FS.writeFile(MODULE, await (await fetch("engine_costs.py")).text());
  pyodide.pyimport("sys").path.append("/");
  pyodide.pyimport("importlib").invalidate_caches();
  say("Measuring");
  const costs = pyodide.pyimport("engine_costs");
  return JSON.parse(costs.measure(JSON.stringify(job.setup), () => performance.now()));
}

measure().then(
  (result) => postMessage({ type: "result", result }),
  (error) => postMessage({ type: "failed", message: String(error.message ?? error) }),
);
