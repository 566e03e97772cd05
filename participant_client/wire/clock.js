/**
 * The server's clock as seen from this page, estimated the way NTP does: of several round trips the quickest one
 * says most, and the server's time is taken to be half of it old.
 */

const SAMPLES = 5;
const PAUSE_MS = 60;

/**
 * @param {(name: string) => Promise<{server_time_ms: number}>} request Asks the server for its time.
 * @param {object} [source] What tells time here.
 * @param {() => number} [source.now] Milliseconds since 1970 by this computer.
 * @param {() => number} [source.monotonic] Milliseconds of a clock that never jumps.
 * @param {(ms: number) => Promise<void>} [source.pause]
 * @returns {Promise<{offsetMs: number, rttMs: number}>} Server clock minus this computer's, and the best round trip.
 */
export async function estimateClock(request, source = {}) {
  const now = source.now ?? Date.now;
  const monotonic = source.monotonic ?? (() => performance.now());
  const pause = source.pause ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
  let best = null;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    if (sample > 0) await pause(PAUSE_MS);
    const sentAt = monotonic();
    const answer = await request("clock");
    const rttMs = monotonic() - sentAt;
    const offsetMs = answer.server_time_ms + rttMs / 2 - now();
    if (best === null || rttMs < best.rttMs) best = { offsetMs, rttMs };
  }
  return best;
}
