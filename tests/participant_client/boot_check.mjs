/**
 * Boots the runtime under Node as a participant's browser would, plays the example with fixed actions, and prints what
 * came of it. Started by test_boot.py: node boot_check.mjs FOLDER MANIFEST.json, FOLDER holding what /runtime/ serves.
 */
import { readFileSync } from 'node:fs';
import { bootRuntime } from '../../participant_client/worker/boot.js';

const [folder, manifestFile, play] = process.argv.slice(2);
const warnings = [];
console.warn = (...words) => warnings.push(words.map(String).join(' '));

const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
const file = (url) => url && url.replace('/runtime', folder);
const fractions = [];
const pyodide = await bootRuntime(
  { ...manifest, pyodide: file(manifest.pyodide), snapshot: file(manifest.snapshot), archives: manifest.archives.map(file) },
  {
    fetchBytes: async (path, onBytes) => {
      const bytes = new Uint8Array(readFileSync(path));
      onBytes(bytes.length);
      return bytes;
    },
    onProgress: (fraction) => fractions.push(fraction),
  },
);
pyodide.FS.writeFile('/play.py', readFileSync(play));
pyodide.runPython('import sys; sys.path.append("/")');
const played = JSON.parse(pyodide.pyimport('play').play());
console.log(JSON.stringify({ ...played, warnings, fractions }));
