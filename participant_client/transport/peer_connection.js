/**
 * One RTCPeerConnection to one partner, with two negotiated DataChannels: `inputs`, which loses rather than waits,
 * and `control`, which is reliable and ordered. Says what state the channels are in; decides nothing about detours.
 *
 * The seat with the lower index makes every offer, ICE restarts included, so that offers never cross. It also names the
 * connection: every signal carries that name, so that a page which was loaded again, or met a partner who was, takes
 * nothing for its own that was meant for the connection before.
 */

import { toArrayBuffer } from "../wire/binary.js";

const RESTART_DELAYS_MS = [0, 3000, 6000, 12000, 24000];

/**
 * `lost` may be found again by an ICE restart; `ended` may not: the partner's end is gone.
 * @typedef {"connecting" | "open" | "lost" | "ended" | "closed"} ChannelState
 */

export class PeerConnection {
  /**
   * @param {object} options
   * @param {boolean} options.offerer Whether this side makes the offers.
   * @param {RTCIceServer[]} options.iceServers
   * @param {boolean} options.forceRelay Use TURN only, so that no address is told to the partner.
   * @param {(data: object) => void} options.signal Carries a description or candidate to the partner, as plain JSON.
   * @param {() => number} [options.newLife] Names the connection of an offerer: a random number of 32 bits.
   * @param {(data: ArrayBuffer) => void} options.onMessage A datagram came in, by either channel.
   * @param {(state: ChannelState) => void} options.onState
   * @param {typeof RTCPeerConnection} [options.Connection]
   * @param {(task: () => void, delayMs: number) => any} [options.setTimer]
   * @param {(timer: any) => void} [options.clearTimer]
   */
  constructor(options) {
    const { iceServers, forceRelay, Connection = globalThis.RTCPeerConnection } = options;
    this.options = options;
    this.setTimer = options.setTimer ?? ((task, ms) => setTimeout(task, ms));
    this.clearTimer = options.clearTimer ?? ((timer) => clearTimeout(timer));
    /** @type {ChannelState} */
    this.state = "connecting";
    /** @type {number | null} The connection's name; null until the first offer, for who answers. */
    this.life = options.offerer ? (options.newLife ?? randomWord)() : null;
    /** @type {{candidate: RTCIceCandidateInit, life: number}[]} */
    this.earlyCandidates = [];
    this.negotiation = Promise.resolve();
    this.restarts = 0;
    this.restartTimer = null;
    /** Nothing comes by the channel, whatever ICE says. */
    this.doubted = false;

    this.connection = new Connection({ iceServers, iceTransportPolicy: forceRelay ? "relay" : "all" });
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate) options.signal({ candidate: candidate.toJSON(), life: this.life });
    };
    this.connection.oniceconnectionstatechange = () => this.onIceState();
    this.inputs = this.openChannel("inputs", { id: 0, ordered: false, maxRetransmits: 0 });
    this.control = this.openChannel("control", { id: 1, ordered: true });
    if (options.offerer) this.offer();
  }

  openChannel(name, settings) {
    const channel = this.connection.createDataChannel(name, { negotiated: true, ...settings });
    channel.binaryType = "arraybuffer";
    channel.onopen = () => this.review();
    channel.onclose = () => this.review();
    channel.onmessage = ({ data }) => {
      if (typeof data === "string") return;
      if (this.doubted) this.trust();
      this.options.onMessage(toArrayBuffer(data));
    };
    return channel;
  }

  /** @returns {boolean} Whether an input datagram sent now would leave at once; a queued one is soon out of date. */
  get inputsClear() {
    return this.inputs.readyState === "open" && this.inputs.bufferedAmount === 0;
  }

  /**
   * @param {ArrayBuffer} data
   * @returns {boolean} False when it was dropped because the channel is closed or busy.
   */
  sendInputs(data) {
    if (!this.inputsClear) return false;
    this.inputs.send(data);
    return true;
  }

  /**
   * @param {ArrayBuffer} data
   * @returns {boolean} False when the channel is not open.
   */
  sendControl(data) {
    if (this.control.readyState !== "open") return false;
    this.control.send(data);
    return true;
  }

  /**
   * @param {{description?: RTCSessionDescriptionInit, candidate?: RTCIceCandidateInit, life: number}} data From the
   *   partner.
   */
  onSignal(data) {
    if (data.description?.type === "offer") this.life ??= data.life;
    if (this.life !== null && data.life !== this.life) return;
    this.negotiate(async () => {
      if (data.description) {
        // An offer that was repeated is answered as often; the first answer has settled it.
        if (data.description.type === "answer" && !this.offerWaits()) return;
        await this.connection.setRemoteDescription(data.description);
        for (const { candidate, life } of this.earlyCandidates.splice(0)) {
          if (life === this.life) await this.connection.addIceCandidate(candidate);
        }
        if (data.description.type === "offer") await this.describe(await this.connection.createAnswer());
      } else if (data.candidate) {
        if (this.connection.remoteDescription) await this.connection.addIceCandidate(data.candidate);
        else this.earlyCandidates.push(data);
      }
    });
  }

  /** How the channel reaches the partner: by a TURN server or directly; null while there is no channel. */
  async connectionType() {
    if (this.state !== "open") return null;
    const reports = await this.connection.getStats();
    const all = [...reports.values()];
    const transport = all.find((report) => report.type === "transport" && report.selectedCandidatePairId);
    const pair = transport
      ? reports.get(transport.selectedCandidatePairId)
      : all.find((report) => report.type === "candidate-pair" && (report.selected || report.nominated));
    const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => reports.get(id));
    return ends.some((end) => end?.candidateType === "relay") ? "turn" : "direct";
  }

  /**
   * Nothing has come by an open channel for too long: look for another way at once. ICE notices only after seconds that
   * the one it has carries nothing.
   */
  doubt() {
    if (this.doubted) return;
    this.doubted = true;
    this.restart();
  }

  trust() {
    this.doubted = false;
    if (this.works()) this.restarts = 0;
  }

  /**
   * Look for a way again, and again until there is one. Only the offerer can; the other side waits for its offer. Asked
   * while that is under way it does nothing.
   */
  restart() {
    if (!this.options.offerer || this.restartTimer !== null || ["ended", "closed"].includes(this.state)) return;
    const delay = RESTART_DELAYS_MS[Math.min(this.restarts, RESTART_DELAYS_MS.length - 1)];
    this.restarts += 1;
    this.restartTimer = this.setTimer(() => {
      this.restartTimer = null;
      if (["ended", "closed"].includes(this.state) || this.works()) return;
      this.offerAgain();
      this.restart();
    }, delay);
  }

  close() {
    if (this.state === "closed") return;
    this.state = "closed";
    if (this.restartTimer !== null) this.clearTimer(this.restartTimer);
    for (const channel of [this.inputs, this.control]) {
      channel.onopen = channel.onclose = channel.onmessage = null;
    }
    this.connection.onicecandidate = this.connection.oniceconnectionstatechange = null;
    this.connection.close();
  }

  offer() {
    this.negotiate(async () => this.describe(await this.connection.createOffer()));
  }

  /**
   * An offer that waits for its answer is repeated, for the server's line may have lost it: the answer to another one
   * made meanwhile could not be told from the answer to this one.
   */
  offerAgain() {
    this.negotiate(async () => {
      if (this.offerWaits()) {
        this.sendDescription();
        return;
      }
      this.connection.restartIce();
      await this.describe(await this.connection.createOffer());
    });
  }

  offerWaits() {
    return this.connection.signalingState === "have-local-offer";
  }

  async describe(description) {
    await this.connection.setLocalDescription(description);
    this.sendDescription();
  }

  sendDescription() {
    const { type, sdp } = this.connection.localDescription;
    this.options.signal({ description: { type, sdp }, life: this.life });
  }

  /** Steps of negotiation run one after the other; a failed one leaves the server path and a later restart. */
  negotiate(step) {
    this.negotiation = this.negotiation.then(async () => {
      if (this.state === "closed") return;
      try {
        await step();
      } catch (error) {
        if (this.state === "closed") return;
        console.warn("The direct connection could not be negotiated:", error);
        this.restart();
      }
    });
  }

  works() {
    return !this.doubted && ["connected", "completed"].includes(this.connection.iceConnectionState);
  }

  onIceState() {
    if (this.works()) this.restarts = 0;
    if (["disconnected", "failed"].includes(this.connection.iceConnectionState)) this.restart();
    this.review();
  }

  review() {
    if (this.state === "closed") return;
    const open = this.inputs.readyState === "open" && this.control.readyState === "open";
    const gone = ["disconnected", "failed", "closed"].includes(this.connection.iceConnectionState);
    const ended = [this.inputs, this.control].some(({ readyState }) => ["closing", "closed"].includes(readyState));
    let { state } = this;
    if (ended) state = "ended";
    else if (open && !gone) state = "open";
    else if (gone && state !== "connecting") state = "lost";
    if (state === this.state) return;
    this.state = state;
    this.options.onState(state);
  }
}

function randomWord() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
