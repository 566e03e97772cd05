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
  life: null,
  sendInputs: () => false,
  sendControl: () => false,
  connectionType: async () => null,
  onSignal() {},
  restart() {},
  doubt() {},
  close() {},
};

export class Mesh {
  /**
   * @param {object} options
   * @param {number} options.seat Own seat's index.
   * @param {number[]} options.partners The other seats on which people sit, those who are there.
   * @param {RTCIceServer[]} options.iceServers
   * @param {boolean} options.forceRelay
   * @param {number} options.connectionTimeoutMs
   * @param {(to: number, data: object) => void} options.signal
   * @param {(datagrams: [number, ArrayBuffer][], keep: boolean) => void} options.relay Sends by the server what a turn
   *   has for those who are not reached otherwise, no more than one datagram a partner; keep: never drop.
   * @param {(from: number, data: ArrayBuffer) => void} options.onPacket
   * @param {(connections: Record<string, ConnectionType>, complete: boolean) => void} options.onConnections Told when
   *   a partner's way is found or changes; complete: there is a way to every partner.
   * @param {() => boolean} [options.wanted] Whether a channel that a partner has closed is to be made anew.
   * @param {(options: object) => any} [options.createPeer]
   * @param {(task: () => void, delayMs: number) => any} [options.setTimer]
   * @param {(timer: any) => void} [options.clearTimer]
   */
  constructor(options) {
    const possible = "RTCPeerConnection" in globalThis;
    this.options = options;
    this.createPeer = options.createPeer ?? ((settings) => (possible ? new PeerConnection(settings) : NO_PEER));
    /** @type {Map<number, PartnerLink>} */
    this.links = new Map();
    /** What the links want to send by the server. @type {{to: number, data: ArrayBuffer, keep: boolean}[]} */
    this.relayed = [];
    for (const partner of options.partners) this.open(partner);
  }

  /** Begin by the server, without waiting for the channels: the match is under way. */
  detour() {
    for (const link of this.links.values()) link.detour();
  }

  /** A connection to a partner, in place of the one before. */
  open(partner) {
    const { seat, iceServers, forceRelay, connectionTimeoutMs, signal, onPacket, onConnections } = this.options;
    this.links.get(partner)?.close();
    const link = new PartnerLink({
      connectionTimeoutMs,
      setTimer: this.options.setTimer,
      clearTimer: this.options.clearTimer,
      createPeer: (callbacks) =>
        this.createPeer({
          offerer: seat < partner,
          iceServers,
          forceRelay,
          signal: (data) => signal(partner, data),
          ...callbacks,
        }),
      relay: (data, keep) => this.relayed.push({ to: partner, data, keep }),
      onPacket: (data) => onPacket(partner, data),
      onType: () => onConnections(this.connections, this.complete),
      onEnded: () => this.onEnded(partner),
    });
    this.links.set(partner, link);
  }

  /** The partner is back with another page: by the server at once, by a channel as soon as there is one. */
  welcome(partner) {
    // Who answers keeps what there is until an offer says that it is over.
    if (this.options.seat < partner || !this.links.has(partner)) this.open(partner);
    this.links.get(partner).detour();
  }

  /** The partner has left. */
  drop(partner) {
    this.links.get(partner)?.close();
    this.links.delete(partner);
  }

  onEnded(partner) {
    if (this.options.seat < partner && (this.options.wanted?.() ?? true)) this.welcome(partner);
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
    this.sendRelayed();
  }

  /** @param {{to: number, data: ArrayBuffer}[]} messages */
  sendControl(messages) {
    for (const { to, data } of messages) this.links.get(to)?.sendControl(data);
    this.sendRelayed();
  }

  /** One message for all partners, which are either inputs or control messages; what else one of them gets follows. */
  sendRelayed() {
    const messages = [];
    const given = new Map();
    for (const { to, data, keep } of this.relayed.splice(0)) {
      const nth = given.get(to) ?? 0;
      given.set(to, nth + 1);
      messages[nth] ??= { datagrams: [], keep };
      messages[nth].datagrams.push([to, data]);
    }
    for (const { datagrams, keep } of messages) this.options.relay(datagrams, keep);
  }

  onSignal(from, data) {
    if (from < this.options.seat && data.description?.type === "offer") {
      const life = this.links.get(from)?.life;
      if (life === undefined || (life !== null && life !== data.life)) {
        this.open(from);
        this.links.get(from).detour();
      }
    }
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
