/**
 * Record chunks that the server has not acknowledged yet, kept in IndexedDB so that a reload of the page loses
 * nothing. Where IndexedDB cannot be used (private windows of some browsers, full disk) they live in memory.
 */

const DATABASE = "gym-kiosk";
const TABLE = "chunks";

/** @typedef {{participant_id: string, match_id: string, seq: number, episode: number, first_frame: number,
 *   last_frame: number, crc32: number, data: ArrayBuffer}} StoredChunk */

export class ChunkStore {
  /** @param {typeof import("../vendor/idb-keyval/index.js") | null} idb The idb-keyval module, or null for memory. */
  constructor(idb) {
    this.idb = idb;
    this.table = null;
    /** @type {Map<string, StoredChunk>} */
    this.memory = new Map();
    try {
      this.table = idb ? idb.createStore(DATABASE, TABLE) : null;
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** @returns {boolean} Whether chunks outlive a reload. */
  get durable() {
    return this.table !== null;
  }

  /** @param {StoredChunk} chunk */
  async keep(chunk) {
    this.memory.set(key(chunk), chunk);
    await this.attempt(() => this.idb.set(key(chunk), chunk, this.table));
  }

  /** @param {StoredChunk} chunk */
  async drop(chunk) {
    this.memory.delete(key(chunk));
    await this.attempt(() => this.idb.del(key(chunk), this.table));
  }

  /**
   * @param {string} participantId
   * @returns {Promise<StoredChunk[]>} What is kept of this participant, oldest first.
   */
  async ofParticipant(participantId) {
    const stored = await this.attempt(() => this.idb.values(this.table));
    return (stored ?? [...this.memory.values()])
      .filter((chunk) => chunk.participant_id === participantId)
      .sort((a, b) => a.match_id.localeCompare(b.match_id) || a.seq - b.seq);
  }

  async attempt(task) {
    if (!this.table) return undefined;
    try {
      return await task();
    } catch (error) {
      this.giveUp(error);
      return undefined;
    }
  }

  giveUp(error) {
    this.table = null;
    console.warn("IndexedDB cannot be used; recorded data is kept in memory until it is sent:", error);
  }
}

function key(chunk) {
  return `${chunk.participant_id}/${chunk.match_id}/${chunk.seq}`;
}
