/** What the researcher asks the server for: a message, answered with what was done or a sentence why not. */

const ANSWER_LIMIT_MS = 10000;

/**
 * @param {any} socket of socket.io
 * @returns {(name: string, payload: Object<string, any>) => Promise<any>} rejects with an error whose message can be
 *   shown as it stands
 */
export function commandsOver(socket) {
  return (name, payload) => new Promise((resolve, reject) => {
    socket.timeout(ANSWER_LIMIT_MS).emit(name, payload, (/** @type {any} */ silence, /** @type {any} */ answer) => {
      if (silence) reject(new Error('The server does not answer; try again.'));
      else if (answer.ok) resolve(answer);
      else reject(new Error(answer.error.message));
    });
  });
}
