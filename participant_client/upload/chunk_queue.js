/**
 * Brings record chunks to the server, and each again until the server says that it is stored.
 *
 * Chunks are idempotent by match, seat and sequence number, so one that may have arrived is simply sent again.
 */

import { RequestRefused } from "../wire/socket.js";

const IN_FLIGHT = 4;
const ACKNOWLEDGE_TIMEOUT_MS = 5000;
const RETRY_DELAYS_MS = [500, 1000, 2000, 4000, 8000];
/** Refusals that pass: the server is busy, or its store is being restarted. */
const PASSING_REFUSALS = ["too_many", "server_error", "timeout", "store_lost", "closed"];
/** Any other refusal is final when it comes this often; it is reported instead of repeated for ever. */
const REFUSALS_ACCEPTED = 4;

/** @typedef {import("./chunk_store.js").StoredChunk} StoredChunk */

export class ChunkQueue {
  /**
   * @param {object} options
   * @param {(name: string, payload: object, timeoutMs: number) => Promise<any>} options.request
   * @param {import("./chunk_store.js").ChunkStore} options.store
   * @param {(chunk: StoredChunk) => void} options.onAcknowledged
   * @param {() => void} [options.onChange] Something was added, acknowledged or refused.
   * @param {(task: () => void, delayMs: number) => any} [options.setTimer]
   */
  constructor({ request, store, onAcknowledged, onChange = () => {}, setTimer = (task, ms) => setTimeout(task, ms) }) {
    this.request = request;
    this.store = store;
    this.onAcknowledged = onAcknowledged;
    this.onChange = onChange;
    this.setTimer = setTimer;
    /** @type {Map<string, {chunk: StoredChunk, failures: number, refusals: number, state: string, stored: any}>} */
    this.entries = new Map();
    /** @type {StoredChunk[]} Chunks the server will not take. They stay in the store. */
    this.refused = [];
    this.waiters = [];
    this.resumed = Promise.resolve();
  }

  /** @returns {number} Chunks not acknowledged yet and not given up. */
  pending() {
    return this.entries.size;
  }

  /** @param {StoredChunk} chunk Kept from now on until it is acknowledged. */
  add(chunk) {
    const id = `${chunk.match_id}/${chunk.seq}`;
    if (this.entries.has(id)) return;
    const stored = this.store.keep(chunk);
    this.entries.set(id, { chunk, failures: 0, refusals: 0, state: "ready", stored });
    this.onChange();
    this.pump();
  }

  /**
   * Take up what an earlier page of the same participant left.
   * @param {string} participantId
   */
  async resume(participantId) {
    this.resumed = this.store.ofParticipant(participantId).then((chunks) => {
      for (const chunk of chunks) this.add(chunk);
    });
    await this.resumed;
  }

  /**
   * @param {string} matchId
   * @returns {Promise<StoredChunk | null>} Of the chunks that are still on their way the newest of a match.
   */
  async newest(matchId) {
    await this.resumed;
    const chunks = [...this.entries.values()].map(({ chunk }) => chunk).filter((chunk) => chunk.match_id === matchId);
    return chunks.sort((a, b) => a.seq - b.seq).at(-1) ?? null;
  }

  /** The connection is back: no need to wait for the next attempt. */
  hurry() {
    for (const entry of this.entries.values()) if (entry.state === "resting") entry.state = "ready";
    this.pump();
  }

  /** @returns {Promise<void>} Fulfilled when a reload of the page loses nothing: all is in this browser or stored. */
  async kept() {
    await Promise.all([...this.entries.values()].map(({ stored }) => stored));
    if (!this.store.durable) await this.drained();
  }

  /**
   * @param {number} [limitMs] The longest wait; without it as long as it takes.
   * @returns {Promise<void>} Fulfilled when nothing is pending.
   */
  drained(limitMs) {
    if (this.entries.size === 0) return Promise.resolve();
    return new Promise((done) => {
      this.waiters.push(done);
      if (limitMs !== undefined) this.setTimer(done, limitMs);
    });
  }

  pump() {
    let busy = 0;
    for (const entry of this.entries.values()) if (entry.state === "sending") busy += 1;
    for (const [id, entry] of this.entries) {
      if (busy >= IN_FLIGHT) return;
      if (entry.state !== "ready") continue;
      busy += 1;
      this.send(id, entry);
    }
  }

  async send(id, entry) {
    entry.state = "sending";
    const { participant_id: _, ...payload } = entry.chunk;
    try {
      await this.request("chunk", payload, ACKNOWLEDGE_TIMEOUT_MS);
    } catch (error) {
      this.onFailure(id, entry, error);
      return;
    }
    this.remove(id);
    this.onAcknowledged(entry.chunk);
    // The drop must not overtake the store's own write of the same chunk.
    entry.stored.then(() => this.store.drop(entry.chunk));
    this.pump();
  }

  onFailure(id, entry, error) {
    if (error instanceof RequestRefused && !PASSING_REFUSALS.includes(error.code)) {
      entry.refusals += 1;
      console.warn(`Record chunk ${entry.chunk.seq} was refused (${error.code}): ${error.message}`);
      if (entry.refusals >= REFUSALS_ACCEPTED) {
        this.refused.push(entry.chunk);
        this.remove(id);
        this.pump();
        return;
      }
    }
    const delay = RETRY_DELAYS_MS[Math.min(entry.failures, RETRY_DELAYS_MS.length - 1)];
    entry.failures += 1;
    entry.state = "resting";
    this.setTimer(() => {
      if (entry.state === "resting") entry.state = "ready";
      this.pump();
    }, delay);
  }

  remove(id) {
    this.entries.delete(id);
    this.onChange();
    if (this.entries.size === 0) for (const done of this.waiters.splice(0)) done();
  }
}
