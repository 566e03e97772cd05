/**
 * Reads the tar archives made by app/experiments/archive.py (USTAR, regular files only). Used by boot.js: in JavaScript
 * it takes a tenth of what Python's own tarfile takes inside the browser.
 */
const BLOCK = 512;

/**
 * @param {Uint8Array} archive
 * @returns {Generator<{name: string, data: Uint8Array}>} data is a window on the archive, not a copy
 */
export function* readTar(archive) {
  const text = (from, length) => {
    let end = from;
    while (end < from + length && archive[end] !== 0) end += 1;
    return String.fromCharCode(...archive.subarray(from, end));
  };
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const prefix = text(at + 345, 155);
    const name = text(at, 100);
    const size = parseInt(text(at + 124, 12), 8);
    const start = at + BLOCK;
    yield { name: prefix ? `${prefix}/${name}` : name, data: archive.subarray(start, start + size) };
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
