/**
 * Starts the Python runtime of a participant's browser from what the server prepared: an interpreter's memory with
 * everything imported, and the archives of files it refers to. Called by worker.js in a Web Worker, and under Node by
 * tests.
 *
 * Everything is fetched at once and before the interpreter's own code has been read.
 */
import { openArchive, startInterpreter } from './interpreter.js';
import { openSnapshot } from './snapshot.js';

/** The part of the progress that is downloading; the rest is starting. */
const DOWNLOAD_PART = 0.7;

/**
 * @typedef {object} RuntimeManifest
 * @property {string} pyodide folder of the interpreter's files, with a slash at its end
 * @property {string|null} snapshot null: the interpreter starts the long way
 * @property {string[]} archives tar files, unpacked at the root of the browser's file system
 * @property {Object<string, number>} [sizes] bytes of each file, for the progress
 */

/**
 * @param {RuntimeManifest} manifest
 * @param {object} [options]
 * @param {(fraction: number, label: string) => void} [options.onProgress] fraction 0 to 1, never falling; the key of
 *   a text
 * @param {(url: string, onBytes: (bytes: number) => void) => Promise<Uint8Array>} [options.fetchBytes]
 * @returns {Promise<any>} Pyodide's interface; `app.engine` and the experiment's modules can be imported
 */
export async function bootRuntime(manifest, { onProgress = () => {}, fetchBytes = fetchWithProgress } = {}) {
  const progress = new Progress(manifest, onProgress);
  const load = (url) => fetchBytes(url, (bytes) => progress.received(bytes));
  const archives = manifest.archives.map((url) => load(url).then(openArchive));
  const snapshot = manifest.snapshot ? load(manifest.snapshot).then(openSnapshot) : undefined;
  const folder = await moduleFolder(manifest.pyodide);
  const [{ default: createModule }, { loadPyodide }] = await Promise.all([
    import(`${folder}pyodide.asm.mjs`),
    import(`${folder}pyodide.mjs`),
  ]);
  const options = {
    loadPyodide,
    createModule,
    indexURL: manifest.pyodide,
    archives,
    onUnpack: () => progress.stage(DOWNLOAD_PART, 'loading.python'),
  };
  const { pyodide } = await startInterpreter({ ...options, snapshot }).catch((error) => {
    if (!snapshot) throw error;
    console.warn('Starting from the memory snapshot failed; starting without it.', error);
    return startInterpreter(options);
  });
  progress.stage(1, 'loading.python_ready');
  return pyodide;
}

/** Under Node a module is named by a file URL, and Pyodide's files by plain paths. @param {string} folder */
async function moduleFolder(folder) {
  if (typeof process !== 'object' || !process.versions?.node) return folder;
  const { pathToFileURL } = await import('node:url');
  return `${pathToFileURL(folder).href.replace(/\/$/, '')}/`;
}

/** @param {string} url @param {(bytes: number) => void} onBytes */
async function fetchWithProgress(url, onBytes) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  const reader = response.body.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    onBytes(value.length);
  }
  const bytes = new Uint8Array(length);
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}

/** Joins the bytes received and the stages passed to one number that never falls. */
class Progress {
  /** @param {RuntimeManifest} manifest @param {(fraction: number, label: string) => void} onProgress */
  constructor(manifest, onProgress) {
    this.onProgress = onProgress;
    this.fraction = 0;
    this.bytes = 0;
    const fetched = [...manifest.archives, ...(manifest.snapshot ? [manifest.snapshot] : [])];
    this.total = fetched.reduce((sum, url) => sum + (manifest.sizes?.[url] ?? 0), 0) || 1;
  }

  /** @param {number} bytes */
  received(bytes) {
    this.bytes += bytes;
    this.stage(Math.min(1, this.bytes / this.total) * DOWNLOAD_PART, 'loading.files');
  }

  /** @param {number} fraction @param {string} label */
  stage(fraction, label) {
    // A hundred steps are enough for a bar; a message for each of thousands of network packets is not free.
    if (fraction !== 1 && fraction - this.fraction < 0.01) return;
    this.fraction = fraction;
    this.onProgress(fraction, label);
  }
}
