// Runs a Python program in a booted runtime, in a browser's worker and under Node alike.

const FOLDER = "/programs";

/**
 * @param {any} pyodide
 * @param {Object<string, string>} programs file name -> source; the first one is run, the others can be imported
 * @param {string} argument JSON
 * @returns {any} what `measure(argument, clock)` returned, read from JSON
 */
export function runProgram(pyodide, programs, argument) {
  pyodide.FS.mkdirTree(FOLDER);
  for (const [name, source] of Object.entries(programs)) pyodide.FS.writeFile(`${FOLDER}/${name}`, source);
  pyodide.pyimport("sys").path.append(FOLDER);
  pyodide.pyimport("importlib").invalidate_caches();
  const program = pyodide.pyimport(Object.keys(programs)[0].replace(/\.py$/, ""));
  return JSON.parse(program.measure(argument, () => performance.now()));
}
