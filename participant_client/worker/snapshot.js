/**
 * The file format of a memory snapshot: Pyodide's own header, and the interpreter's memory without its empty pages.
 * Written once under Node by prepare_under_node.mjs, read by boot.js in every participant's browser.
 *
 * Format, little-endian uint32: magic, bytes of Pyodide's header, the layout the memory depends on (two numbers, see
 * interpreter.js), bytes of memory in full, number of runs, then for each run (offset, length); then the header's bytes
 * and the runs' bytes.
 */
const MAGIC = 0x534b4733;
const WORDS = 6;
const PAGE = 4096;

/**
 * @typedef {object} Snapshot
 * @property {Uint8Array} header what Pyodide reads: the build it belongs to and the JavaScript objects it refers to
 * @property {number[]} layout
 * @property {number} length bytes of memory in full
 * @property {(heap: Int8Array, used: number) => void} restore writes the memory over a heap of which nothing beyond
 *     `used` was ever written
 */

/**
 * @param {Uint8Array} made as Pyodide's makeMemorySnapshot returns it
 * @param {number[]} layout
 * @returns {Uint8Array}
 */
export function packSnapshot(made, layout) {
  const headerLength = new Uint32Array(made.buffer, made.byteOffset, 2)[1];
  const memory = made.subarray(headerLength);
  const runs = [];
  for (let offset = 0; offset < memory.length; offset += PAGE) {
    const page = memory.subarray(offset, offset + PAGE);
    if (page.every((byte) => byte === 0)) continue;
    const last = runs[runs.length - 1];
    if (last && last[0] + last[1] === offset) last[1] += page.length;
    else runs.push([offset, page.length]);
  }
  const words = new Uint32Array([MAGIC, headerLength, ...layout, memory.length, runs.length, ...runs.flat()]);
  const parts = [new Uint8Array(words.buffer), made.subarray(0, headerLength)];
  parts.push(...runs.map(([offset, length]) => memory.subarray(offset, offset + length)));
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    packed.set(part, place);
    place += part.length;
  }
  return packed;
}

/**
 * @param {Uint8Array} packed
 * @returns {Snapshot}
 */
export function openSnapshot(packed) {
  const words = new Uint32Array(packed.buffer, packed.byteOffset, Math.floor(packed.byteLength / 4));
  const [magic, headerLength, table, heap, length, runs] = words;
  if (magic !== MAGIC) throw new Error('the memory snapshot is not one of this program');
  const start = (WORDS + 2 * runs) * 4;
  return {
    // A copy, because Pyodide reads it as words from its buffer's beginning.
    header: packed.slice(start, start + headerLength),
    layout: [table, heap],
    length,
    restore(target, used) {
      let place = start + headerLength;
      let done = 0;
      for (let at = WORDS; at < WORDS + 2 * runs; at += 2) {
        const [offset, size] = [words[at], words[at + 1]];
        if (done < used) target.fill(0, done, Math.min(offset, used));
        target.set(packed.subarray(place, place + size), offset);
        place += size;
        done = offset + size;
      }
      if (done < used) target.fill(0, done, used);
    },
  };
}
