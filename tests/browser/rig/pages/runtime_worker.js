// Boots the runtime exactly as a participant's worker does, then runs the job's program inside it.

import { bootRuntime } from "../client/worker/boot.js";
import { runProgram } from "./run_program.js";

console.warn = (...words) => postMessage({ type: "warning", text: words.map(String).join(" ") });

async function work() {
  const job = await (await fetch("job.json")).json();
  const say = (label) => postMessage({ type: "progress", label });
  const pyodide = await bootRuntime(job.runtime, { onProgress: (_fraction, label) => say(label) });
  const programs = {};
  for (const name of job.programs) programs[name] = await (await fetch(`/programs/${name}`)).text();
  say("Running");
  return runProgram(pyodide, programs, job.argument);
}

work().then(
  (result) => postMessage({ type: "result", result }),
  (error) => postMessage({ type: "failed", message: String(error.message ?? error) }),
);
