/**
 * Starts Pyodide with its packages in place. Used by boot.js in every participant's browser and by
 * prepare_under_node.mjs, which makes the memory snapshot: both must take the same steps in the same order.
 *
 * A snapshot holds the interpreter's memory with everything imported, NumPy included. NumPy's code is in shared
 * libraries, and memory refers to it by address and by place in the table of functions. So the libraries are loaded
 * before Python starts, always in the same order, which gives them the same addresses and places every time; a check
 * that this is so comes before the memory is put in place.
 */
import { readTar } from './tar.js';

const SITE_PACKAGES = '/lib/python3.14/site-packages';
const EXPERIMENT_FOLDER = '/experiment';

/** What Pyodide 314.0.4 wants to read of its own list of packages (114 KB, none of which is used). */
const LOCK_INFO = { abi_version: '2026_0', arch: 'wasm32', platform: 'emscripten_5_0_3', python: '3.14.0' };

/**
 * @typedef {object} OpenArchive
 * @property {{path: string, data: Uint8Array}[]} files
 * @property {Promise<{path: string, module: WebAssembly.Module}[]>} libraries in the archive's order
 */

/**
 * Lists an archive and begins to compile its shared libraries, on threads of the browser's own.
 *
 * @param {Uint8Array} bytes a tar archive
 * @returns {OpenArchive}
 */
export function openArchive(bytes) {
  const files = [...readTar(bytes)].map(({ name, data }) => ({ path: `/${name}`, data }));
  const libraries = Promise.all(
    files
      .filter(({ path }) => path.endsWith('.so'))
      .map(async ({ path, data }) => ({ path, module: await WebAssembly.compile(data) })),
  );
  return { files, libraries };
}

/**
 * @param {object} options
 * @param {Function} options.loadPyodide of pyodide.mjs
 * @param {Function} options.createModule the default export of pyodide.asm.mjs
 * @param {string} options.indexURL folder of Pyodide's files, with a slash at its end
 * @param {Promise<OpenArchive>[]} options.archives
 * @param {Promise<import('./snapshot.js').Snapshot>} [options.snapshot]
 * @param {boolean} [options.makeSnapshot] whether makeMemorySnapshot() will be called
 * @param {() => void} [options.onUnpack] called when the downloads are there
 * @returns {Promise<{pyodide: object, layout: number[]}>} layout: what a snapshot of this interpreter depends on
 */
export async function startInterpreter(options) {
  const { loadPyodide, createModule, indexURL, archives, snapshot, makeSnapshot, onUnpack } = options;
  let layout = [];
  let refuse;
  const refused = new Promise((_resolve, reject) => {
    refuse = reject;
  });
  const createPyodideModule = async (settings) => {
    settings.preRun.push(async (module) => {
      module.addRunDependency('packages');
      try {
        const opened = await Promise.all(archives);
        onUnpack?.();
        for (const { files } of opened) unpack(module, files);
        for (const { libraries } of opened) loadLibraries(module, await libraries);
        layout = [module.wasmTable.length, heapEnd(module)];
        if (snapshot) checkLayout(await snapshot, layout);
        module.removeRunDependency('packages');
      } catch (error) {
        refuse(error);
      }
    });
    const module = await createModule(settings);
    if (snapshot) restoreFrom(module, await snapshot);
    return module;
  };
  const pyodide = await Promise.race([
    refused,
    loadPyodide({
      indexURL,
      createPyodideModule,
      // Sets of strings are iterated in an order that depends on the seed: every browser must have the same.
      env: { PYTHONHASHSEED: '0' },
      lockFileContents: { info: LOCK_INFO, packages: {} },
      packageBaseUrl: indexURL,
      _makeSnapshot: makeSnapshot ?? false,
      // Pyodide would wait for what stands here before it does anything; restoreFrom brings it when it is needed.
      ...(snapshot && { _loadSnapshot: new Uint8Array(16) }),
    }),
  ]);
  const importlib = pyodide.pyimport('importlib');
  importlib.invalidate_caches();
  importlib.destroy();
  const { path } = pyodide.pyimport('sys');
  if (!path.includes(EXPERIMENT_FOLDER)) path.insert(path.index(SITE_PACKAGES), EXPERIMENT_FOLDER);
  path.destroy();
  return { pyodide, layout };
}

/** The end of the memory that was ever used. @param {object} module Emscripten's */
function heapEnd(module) {
  return module.HEAPU32[module._emscripten_get_sbrk_ptr() >>> 2];
}

/** @param {import('./snapshot.js').Snapshot} snapshot @param {number[]} layout as it is here */
function checkLayout(snapshot, layout) {
  if (snapshot.layout.join() !== layout.join()) {
    throw new Error(`the memory snapshot was made for the layout ${snapshot.layout}, here it is ${layout}`);
  }
}

/**
 * Makes Pyodide restore memory run by run from the download, which saves two copies of it in full.
 *
 * @param {object} module Emscripten's
 * @param {import('./snapshot.js').Snapshot} snapshot
 */
function restoreFrom(module, snapshot) {
  const { API } = module;
  const readHeader = API.restoreSnapshot;
  API.restoreSnapshot = () => {
    // Given the header without memory, it checks that the snapshot belongs to this build and writes nothing.
    const config = readHeader(snapshot.header);
    const used = heapEnd(module);
    if (module.HEAP8.length < snapshot.length && !module.growMemory(snapshot.length)) {
      throw new Error('there is not enough memory for the snapshot');
    }
    snapshot.restore(module.HEAP8, used);
    return config;
  };
}

/**
 * Puts files into the browser's file system as windows on the archive's bytes, past the calls that open and copy: there
 * are a thousand of them, most never read once a snapshot is there.
 *
 * @param {object} module Emscripten's
 * @param {{path: string, data: Uint8Array}[]} files
 */
function unpack({ FS, MEMFS }, files) {
  const REGULAR_FILE = 0o100644;
  const folders = new Map();
  for (const { path, data } of files) {
    const cut = path.lastIndexOf('/');
    const name = path.slice(0, cut);
    let folder = folders.get(name);
    if (!folder) {
      FS.mkdirTree(name);
      folder = FS.lookupPath(name).node;
      folders.set(name, folder);
    }
    const file = MEMFS.createNode(folder, path.slice(cut + 1), REGULAR_FILE, 0);
    file.contents = data;
    file.usedBytes = data.length;
  }
}

/**
 * Loads shared libraries as the dynamic loader would at their import, which then finds them loaded.
 *
 * @param {object} module Emscripten's
 * @param {{path: string, module: WebAssembly.Module}[]} libraries
 */
function loadLibraries(module, libraries) {
  const flags = { global: false, nodelete: true, loadAsync: false };
  for (const { path, module: compiled } of libraries) {
    module.preloadedWasm[path] = module.loadWebAssemblyModule(compiled, flags, path, {});
    module.loadDynamicLibrary(path, flags, {});
  }
}
