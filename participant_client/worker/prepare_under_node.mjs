/**
 * Runs Pyodide under Node once, to make what every participant's browser then only loads: archives of compiled Python
 * and a memory snapshot of a started interpreter. Started by app/experiments/packages.py:
 *
 *   node prepare_under_node.mjs job.json
 *
 * Job: {pyodide: folder, sources: folder of archive.py and snapshot_modules.py,
 *       archives: [{wheels: [file], files: {place in the browser: file}, output: file}],
 *       snapshot: {archives: [file], modules: [name], output: file} | null}
 * Says how far it is on standard output, one JSON object a line: {fraction, label}.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openArchive, startInterpreter } from './interpreter.js';
import { packSnapshot } from './snapshot.js';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { loadPyodide } = await import(pathToFileURL(join(job.pyodide, 'pyodide.mjs')).href);

/** @param {number} fraction @param {string} label */
function report(fraction, label) {
  process.stdout.write(`${JSON.stringify({ fraction, label })}\n`);
}

/** @returns {string} the place, for lists */
function copyIn(pyodide, file, place) {
  pyodide.FS.writeFile(place, new Uint8Array(readFileSync(file)));
  return place;
}

async function buildArchives() {
  const pyodide = await loadPyodide({ indexURL: job.pyodide, env: { PYTHONHASHSEED: '0' } });
  pyodide.FS.mkdirTree('/tools');
  copyIn(pyodide, join(job.sources, 'archive.py'), '/tools/archive.py');
  pyodide.runPython('import sys; sys.path.append("/tools")');
  const archive = pyodide.pyimport('archive');
  pyodide.FS.mkdirTree('/wheels');
  pyodide.FS.mkdirTree('/files');
  job.archives.forEach(({ wheels, files, output }, index) => {
    const name = basename(output);
    archive.build(
      pyodide.toPy(wheels.map((wheel) => copyIn(pyodide, wheel, `/wheels/${basename(wheel)}`))),
      pyodide.toPy(
        Object.fromEntries(
          Object.entries(files).map(([place, file], number) => [place, copyIn(pyodide, file, `/files/${number}`)]),
        ),
      ),
      `/${name}`,
      true,
      (done, all) => {
        if (done % 50 === 0) report((0.9 * (index + done / all)) / job.archives.length, `compiling ${name}`);
      },
    );
    writeFileSync(output, pyodide.FS.readFile(`/${name}`));
  });
}

async function makeSnapshot({ archives, modules, output }) {
  const { default: createModule } = await import(pathToFileURL(join(job.pyodide, 'pyodide.asm.mjs')).href);
  const { pyodide, layout } = await startInterpreter({
    loadPyodide,
    createModule,
    indexURL: job.pyodide,
    archives: archives.map(async (file) => openArchive(new Uint8Array(readFileSync(file)))),
    makeSnapshot: true,
  });
  pyodide.FS.mkdirTree('/tools');
  copyIn(pyodide, join(job.sources, 'snapshot_modules.py'), '/tools/snapshot_modules.py');
  pyodide.runPython('import sys; sys.path.append("/tools")');
  const tool = pyodide.pyimport('snapshot_modules');
  const failure = tool.preload(pyodide.toPy(modules));
  tool.destroy();
  if (failure) report(0.95, failure);
  // Pyodide lists the packages it finds when it starts, and makes no snapshot unless that list is empty.
  for (const name of Object.keys(pyodide.loadedPackages)) delete pyodide.loadedPackages[name];
  writeFileSync(output, packSnapshot(pyodide.makeMemorySnapshot(), layout));
}

if (job.archives.length > 0) await buildArchives();
if (job.snapshot) {
  report(0.9, 'making the memory snapshot');
  await makeSnapshot(job.snapshot);
}
report(1, 'done');
