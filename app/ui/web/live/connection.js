/**
 * Keeps the state current: connect, queue what arrives, fetch the snapshot, apply the queue, then apply each patch.
 * Everything is fetched anew after a break, because patches were missed.
 */
import { applyPatch, fromSnapshot } from './state.js';

/** @typedef {'connecting'|'live'|'lost'|'refused'} Connection */

/**
 * @param {{socket: {on: (event: string, handler: Function) => void},
 *   fetchSnapshot: () => Promise<Object<string, any>>, now?: () => number,
 *   onChange: (state: import('./state.js').State|null, connection: Connection) => void}} parts
 *   `fetchSnapshot` rejects with an error whose `refused` is true when this browser is not signed in (any more).
 */
export function keepCurrent({ socket, fetchSnapshot, now = Date.now, onChange }) {
  /** @type {import('./state.js').State|null} */
  let state = null;
  /** @type {import('./state.js').Patch[]|null} patches that wait for the snapshot; null: apply at once */
  let queue = null;
  let attempt = 0;

  async function refresh() {
    const mine = ++attempt;
    queue = [];
    try {
      const snapshot = await fetchSnapshot();
      if (mine !== attempt) return;
      state = queue.reduce(applyPatch, fromSnapshot(snapshot, now(), state));
      queue = null;
      onChange(state, 'live');
    } catch (error) {
      if (mine === attempt) onChange(state, error.refused ? 'refused' : 'lost');
    }
  }

  socket.on('connect', refresh);
  socket.on('patches', (/** @type {import('./state.js').Patch[]} */ patches) => {
    if (queue) {
      queue.push(...patches);
    } else if (state) {
      state = patches.reduce(applyPatch, state);
      onChange(state, 'live');
    }
  });
  socket.on('disconnect', () => {
    attempt += 1;
    onChange(state, 'lost');
  });
  // A refused handshake looks like any other failure to the socket; the snapshot's answer tells them apart.
  socket.on('connect_error', async () => {
    const refused = await fetchSnapshot().then(() => false, (error) => Boolean(error.refused));
    onChange(state, refused ? 'refused' : 'lost');
  });
}

/**
 * @param {string} path
 * @param {'GET'|'POST'} method
 * @returns {Promise<any>} the answer; rejects with an error whose message can be shown as it stands
 */
export async function ask(path, method = 'GET') {
  let response;
  try {
    response = await fetch(path, { method, credentials: 'same-origin' });
  } catch {
    throw new Error('The server does not answer; it may be starting again.');
  }
  if (response.ok) return response.json();
  const body = await response.json().catch(() => null);
  const error = new Error(body?.error?.message ?? `The server refused this (${response.status}).`);
  throw Object.assign(error, { refused: response.status === 401 || response.status === 403 });
}
