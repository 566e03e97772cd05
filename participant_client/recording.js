/**
 * What the worker records of a match, on its way to the server: taken over chunk by chunk, counted, and awaited at the
 * end. Made by `match.js`.
 */

/** How long the worker may take to hand over what it recorded. */
const FINISH_TIMEOUT_MS = 10000;

export class Recording {
  /**
   * @param {object} options
   * @param {import("./upload/chunk_queue.js").ChunkQueue} options.uploads
   * @param {string} options.participantId
   */
  constructor({ uploads, participantId }) {
    Object.assign(this, { uploads, participantId });
    /** Frames in the chunks that this page has handed over, and in those of them that the server has stored. */
    this.frames = 0;
    this.acknowledgedFrames = 0;
    /** @type {Set<number>} Chunks on their way; those of an earlier page of the same match are not among them. */
    this.underWay = new Set();
    /** @type {Promise<object>} The worker's report, which comes when it has handed over everything. */
    this.finished = new Promise((done) => (this.onFinished = done));
  }

  onChunk(chunk) {
    this.frames += framesIn(chunk);
    this.underWay.add(chunk.seq);
    this.uploads.add({ ...chunk, participant_id: this.participantId });
  }

  onAcknowledged(chunk) {
    if (this.underWay.delete(chunk.seq)) this.acknowledgedFrames += framesIn(chunk);
  }

  /** The worker's report when it has handed over all records; it may have died, hence the limit. */
  async handedOver() {
    let timer;
    const timeout = new Promise((done) => {
      timer = setTimeout(() => done({ incomplete: true }), FINISH_TIMEOUT_MS);
    });
    const report = await Promise.race([this.finished, timeout]);
    clearTimeout(timer);
    return report;
  }
}

function framesIn({ first_frame: first, last_frame: last }) {
  return last - first + 1;
}
