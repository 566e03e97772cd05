/**
 * Boots the participants' Python under Node and runs one program in it, as the page of runtime_site.py does in a
 * browser. Started by trace/engines.py: node run_under_node.mjs JOB.json; prints {result, warnings}.
 *
 * Job: {folder: what /runtime/ serves, runtime: the manifest, programs: [file], argument: JSON text}
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { bootRuntime } from '../../../participant_client/worker/boot.js';
import { runProgram } from './pages/run_program.js';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const warnings = [];
console.warn = (...words) => warnings.push(words.map(String).join(' '));

async function run() {
  const place = (url) => url && url.replace('/runtime', job.folder);
  const { pyodide: folder, snapshot, archives } = job.runtime;
  const manifest = { ...job.runtime, pyodide: place(folder), snapshot: place(snapshot), archives: archives.map(place) };
  const pyodide = await bootRuntime(manifest, { fetchBytes: async (file) => new Uint8Array(readFileSync(file)) });
  const programs = Object.fromEntries(job.programs.map((file) => [basename(file), readFileSync(file, 'utf8')]));
  return runProgram(pyodide, programs, job.argument);
}

try {
  console.log(JSON.stringify({ result: await run(), warnings }));
} catch (error) {
  // Left alone, Node would print the megabytes of the one line of Pyodide's where the error passed.
  console.error(String(error.message ?? error));
  process.exitCode = 1;
}
