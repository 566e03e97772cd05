/**
 * The ways to all partners of a match. Gives datagrams a way out, brings those that come in to one place, and tells
 * how every partner is reached.
 */

import { PartnerLink } from "./partner_link.js";
import { PeerConnection } from "./peer_connection.js";

/** @typedef {import("./partner_link.js").ConnectionType} ConnectionType */

const SLOWEST_FIRST = ["server", "turn", "direct"];
/** For browsers without WebRTC, which some privacy settings switch off: the match then runs by the server. */
const NO_PEER = {
  state: "connecting",
  sendInputs: () => false,
  sendControl: () => false,
  connectionType: async () => null,
  onSignal() {},
  restart() {},
  close() {},
};

export class Mesh {
  /**
   * @param {object} options
   * @param {number} options.seat Own seat's index.
   * @param {number} options.seats How many seats the match has.
   * @param {RTCIceServer[]} options.iceServers
   * @param {boolean} options.forceRelay
   * @param {number} options.connectionTimeoutMs
   * @param {(to: number, data: object) => void} options.signal
   * @param {(to: number, data: ArrayBuffer, keep: boolean) => void} options.relay
   * @param {(from: number, data: ArrayBuffer) => void} options.onPacket
   * @param {(connections: Record<string, ConnectionType>, complete: boolean) => void} options.onConnections Told when
   *   a partner's way is found or changes; complete: there is a way to every partner.
   * @param {(options: object) => any} [options.createPeer]
   * @param {(task: () => void, delayMs: number) => any} [options.setTimer]
   * @param {(timer: any) => void} [options.clearTimer]
   */
  constructor(options) {
    const { seat, seats, iceServers, forceRelay, connectionTimeoutMs } = options;
    const possible = "RTCPeerConnection" in globalThis;
    const createPeer = options.createPeer ?? ((settings) => (possible ? new PeerConnection(settings) : NO_PEER));
    this.options = options;
    /** @type {Map<number, PartnerLink>} */
    this.links = new Map();
    for (let partner = 0; partner < seats; partner += 1) {
      if (partner === seat) continue;
      this.links.set(
        partner,
        new PartnerLink({
          connectionTimeoutMs,
          setTimer: options.setTimer,
          clearTimer: options.clearTimer,
          createPeer: (callbacks) =>
            createPeer({
              offerer: seat < partner,
              iceServers,
              forceRelay,
              signal: (data) => options.signal(partner, data),
              ...callbacks,
            }),
          relay: (data, keep) => options.relay(partner, data, keep),
          onPacket: (data) => options.onPacket(partner, data),
          onType: () => options.onConnections(this.connections, this.complete),
        }),
      );
    }
  }

  /** @returns {Record<string, ConnectionType>} How each partner is reached, by seat index; those found so far. */
  get connections() {
    const found = {};
    for (const [partner, link] of this.links) if (link.type) found[partner] = link.type;
    return found;
  }

  /** @returns {boolean} Whether there is a way to every partner. */
  get complete() {
    return [...this.links.values()].every((link) => link.type !== null);
  }

  /** @returns {ConnectionType | null} The slowest kind of way in use; null before there is one. */
  get connectionType() {
    const types = Object.values(this.connections);
    return SLOWEST_FIRST.find((type) => types.includes(type)) ?? null;
  }

  /** @param {{to: number, data: ArrayBuffer}[]} packets */
  sendInputs(packets) {
    for (const { to, data } of packets) this.links.get(to)?.sendInputs(data);
  }

  /** @param {{to: number, data: ArrayBuffer}[]} messages */
  sendControl(messages) {
    for (const { to, data } of messages) this.links.get(to)?.sendControl(data);
  }

  onSignal(from, data) {
    this.links.get(from)?.onSignal(data);
  }

  onRelay(from, data) {
    this.links.get(from)?.onRelay(data);
  }

  refresh() {
    for (const link of this.links.values()) link.refresh();
  }

  close() {
    for (const link of this.links.values()) link.close();
  }
}
