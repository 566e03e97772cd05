/**
 * The way to one partner: the DataChannel while it works, the server while it does not, both when in doubt.
 *
 * The receiver never knows which way a datagram came, and the engine takes repeated ones without harm, so a detour
 * may begin before anybody is sure that it is needed.
 */

/** Silence on an open channel after which input datagrams also go by the server, and another way is looked for. */
export const SILENT_MS = 500;
/** Silence after which the channel counts as lost, provided that the partner is heard by the server meanwhile. */
export const LOST_MS = 2000;
/** A pause in our own sending, such as a break between episodes, after which earlier silence says nothing. */
const PAUSED_MS = 400;

/** @typedef {"direct" | "turn" | "server"} ConnectionType */

export class PartnerLink {
  /**
   * @param {object} options
   * @param {(callbacks: {onMessage: (data: ArrayBuffer) => void, onState: (state: string) => void}) => any}
   *   options.createPeer Makes the `PeerConnection`.
   * @param {(data: ArrayBuffer, keep: boolean) => void} options.relay Sends by the server; keep: never drop.
   * @param {(data: ArrayBuffer) => void} options.onPacket
   * @param {(type: ConnectionType) => void} options.onType Told the first way found and every change.
   * @param {() => void} options.onEnded The channel is gone for good: the partner's page has closed its end.
   * @param {number} options.connectionTimeoutMs How long to wait for a channel before the server path is taken.
   * @param {() => number} [options.now] Milliseconds of a clock that never jumps.
   * @param {(task: () => void, delayMs: number) => any} [options.setTimer]
   * @param {(timer: any) => void} [options.clearTimer]
   */
  constructor(options) {
    this.options = options;
    this.now = options.now ?? (() => performance.now());
    /** @type {ConnectionType | null} */
    this.type = null;
    this.heardByChannelAt = null;
    this.heardByServerAt = null;
    this.sentAt = null;
    this.sendingSince = null;
    this.closed = false;
    const setTimer = options.setTimer ?? ((task, ms) => setTimeout(task, ms));
    this.clearTimer = options.clearTimer ?? ((timer) => clearTimeout(timer));
    this.timeout = setTimer(() => {
      if (this.peer.state === "open") return;
      this.become("server");
      this.peer.restart();
    }, options.connectionTimeoutMs);
    this.peer = options.createPeer({
      onMessage: (data) => this.onChannelMessage(data),
      onState: (state) => this.onChannelState(state),
    });
  }

  /** @returns {number | null} The name of the connection, so that a partner's offer of another one is known. */
  get life() {
    return this.peer.life;
  }

  /** Send by the server from now on, until something is heard by the channel. */
  detour() {
    this.become("server");
  }

  /** @param {ArrayBuffer} data Inputs: superseded by the next datagram, so never queued. */
  sendInputs(data) {
    const now = this.now();
    if (this.sentAt === null || now - this.sentAt > PAUSED_MS) this.sendingSince = now;
    this.sentAt = now;
    this.peer.sendInputs(data);
    const silence = this.silence(now);
    if (this.type !== "server" && this.type !== null && silence > LOST_MS && this.heardByServer(now)) {
      this.become("server");
    }
    if (silence > SILENT_MS) this.peer.doubt();
    if (this.type === "server" || silence > SILENT_MS) this.options.relay(data, false);
  }

  /** @param {ArrayBuffer} data A message that must arrive. */
  sendControl(data) {
    const trusted = this.type !== "server" && this.silence(this.now()) <= SILENT_MS;
    if (!this.peer.sendControl(data) || !trusted) this.options.relay(data, true);
  }

  /** @param {object} data A description or candidate from the partner. */
  onSignal(data) {
    this.peer.onSignal(data);
  }

  /** @param {ArrayBuffer} data A datagram that came by the server. */
  onRelay(data) {
    if (this.closed) return;
    this.heardByServerAt = this.now();
    this.options.onPacket(data);
  }

  /** Ask the browser again whether the channel goes by TURN; ICE may have found a better way. */
  async refresh() {
    if (this.peer.state !== "open" || this.type === "server") return;
    const type = await this.peer.connectionType();
    if (!this.closed && type && this.peer.state === "open" && this.type !== "server") this.become(type);
  }

  close() {
    this.closed = true;
    this.clearTimer(this.timeout);
    this.peer.close();
  }

  onChannelMessage(data) {
    if (this.closed) return;
    this.heardByChannelAt = this.now();
    if (this.type === "server") this.returnToChannel();
    this.options.onPacket(data);
  }

  onChannelState(state) {
    if (this.closed) return;
    if (state === "open") {
      this.heardByChannelAt = this.now();
      this.returnToChannel();
    } else if (state === "lost" || state === "ended") {
      if (this.type !== null) this.become("server");
      if (state === "lost") this.peer.restart();
      else this.options.onEnded();
    }
  }

  async returnToChannel() {
    if (this.peer.state !== "open" || this.returning) return;
    this.returning = true;
    const type = (await this.peer.connectionType().catch(() => null)) ?? "direct";
    this.returning = false;
    if (!this.closed && this.peer.state === "open") this.become(type);
  }

  /** How long nothing came by the channel although we have been sending all the while, milliseconds. */
  silence(now) {
    if (this.type === null || this.peer.state !== "open" || this.sendingSince === null) return 0;
    return now - Math.max(this.heardByChannelAt ?? 0, this.sendingSince);
  }

  heardByServer(now) {
    return this.heardByServerAt !== null && now - this.heardByServerAt < SILENT_MS;
  }

  become(type) {
    if (this.closed || type === this.type) return;
    this.type = type;
    this.options.onType(type);
  }
}
