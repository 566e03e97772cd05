/**
 * The page's line to the server: requests with answers, messages, and the token that says who this page is.
 *
 * Socket.IO reconnects by itself. Requests sent meanwhile are kept by it and time out here; what must arrive for
 * certain goes through `insist`.
 */

const TOKEN_KEY = "kiosk.token";
const PARTICIPANT_KEY = "kiosk.participant";
const RETRY_DELAYS_MS = [500, 1000, 2000, 4000, 8000];

/** The server understood the request and said no. */
export class RequestRefused extends Error {
  /**
   * @param {string} name The request.
   * @param {{code?: string, message?: string, values?: Record<string, string | number>}} [error] What the server
   *   answered; `values` are for the participant's text of this code.
   */
  constructor(name, error) {
    super(error?.message || `The server refused ${name}.`);
    this.name = "RequestRefused";
    this.code = error?.code ?? "refused";
    this.values = error?.values ?? {};
  }
}

/** No answer in time: the connection is down or the server busy. The request may or may not have arrived. */
export class RequestTimeout extends Error {
  /** @param {string} name The request. */
  constructor(name) {
    super(`The server did not answer ${name} in time.`);
    this.name = "RequestTimeout";
  }
}

export class StudySocket {
  /**
   * @param {object} options
   * @param {(options: object) => any} options.io Socket.IO's client factory.
   * @param {Storage} options.storage Where the token outlives a reload, but not the tab.
   * @param {(delayMs: number) => Promise<void>} [options.pause] Waits between attempts of `insist`.
   */
  constructor({ io, storage, pause = (ms) => new Promise((done) => setTimeout(done, ms)) }) {
    this.storage = storage;
    this.pause = pause;
    // Another name than before tells the server that the page was reloaded and has lost what a match needs.
    this.pageName = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.socket = io({
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 3000,
      auth: (answer) => answer({ token: this.token, page: this.pageName }),
    });
  }

  connect() {
    this.socket.connect();
  }

  /** @returns {boolean} Whether messages go out now. */
  get connected() {
    return this.socket.connected;
  }

  /** @returns {string | null} The token of an earlier `start` of this tab. */
  get token() {
    return this.storage.getItem(TOKEN_KEY);
  }

  /** @returns {string | null} The participant the token stands for. */
  get participantId() {
    return this.storage.getItem(PARTICIPANT_KEY);
  }

  /**
   * Remember who this page is.
   * @param {string} token
   * @param {string} participantId
   */
  identify(token, participantId) {
    this.storage.setItem(TOKEN_KEY, token);
    this.storage.setItem(PARTICIPANT_KEY, participantId);
  }

  /** Forget who this page is, so that a reload begins anew. */
  forget() {
    this.storage.removeItem(TOKEN_KEY);
    this.storage.removeItem(PARTICIPANT_KEY);
  }

  /**
   * @param {string} name A message of the server, or Socket.IO's own "connect" and "disconnect".
   * @param {(payload: any) => void} handler
   */
  on(name, handler) {
    this.socket.on(name, handler);
  }

  /**
   * Ask and wait for the answer.
   * @param {string} name
   * @param {object} [payload] Plain JSON types and ArrayBuffers only.
   * @param {number} [timeoutMs] How long to wait for the answer, milliseconds.
   * @returns {Promise<any>} The server's answer.
   * @throws {RequestRefused} When the server says no.
   * @throws {RequestTimeout} When no answer comes in time.
   */
  async request(name, payload = {}, timeoutMs = 5000) {
    let answer;
    try {
      answer = await this.socket.timeout(timeoutMs).emitWithAck(name, payload);
    } catch {
      throw new RequestTimeout(name);
    }
    if (!answer?.ok) throw new RequestRefused(name, answer?.error);
    return answer;
  }

  /**
   * Ask until an answer comes, however long the connection is down.
   * @param {string} name
   * @param {object} [payload]
   * @param {() => boolean} [stillWanted] Asked before each further attempt.
   * @returns {Promise<any>} The server's answer, or undefined when it is no longer wanted.
   * @throws {RequestRefused} When the server says no.
   */
  async insist(name, payload = {}, stillWanted = () => true) {
    for (let attempt = 0; stillWanted(); attempt += 1) {
      try {
        return await this.request(name, payload);
      } catch (error) {
        if (!(error instanceof RequestTimeout)) throw error;
        await this.pause(RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)]);
      }
    }
    return undefined;
  }

  /**
   * Bring a message for certain. A refusal is logged, because nothing can be done about it.
   * @param {string} name
   * @param {object} payload
   * @param {{stillWanted?: () => boolean, quiet?: string[]}} [options] quiet: refusals that are no surprise.
   */
  async bring(name, payload, { stillWanted, quiet = [] } = {}) {
    try {
      await this.insist(name, payload, stillWanted);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      if (!quiet.includes(error.code)) console.warn(`${name} was refused (${error.code}): ${error.message}`);
    }
  }

  /**
   * Send without waiting for an answer.
   * @param {string} name
   * @param {object} payload
   * @param {{keep?: boolean}} [options] keep: hold the message while the connection is down, else drop it.
   */
  send(name, payload, { keep = false } = {}) {
    if (this.socket.connected || keep) this.socket.emit(name, payload);
  }
}
