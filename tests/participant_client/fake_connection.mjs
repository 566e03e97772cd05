// RTCPeerConnection as far as `PeerConnection` uses it. Nothing happens by itself; the test says what the network does.

export class FakeChannel {
  constructor(label, settings) {
    Object.assign(this, { label, settings, readyState: "connecting", bufferedAmount: 0, sent: [] });
  }

  send(data) {
    this.sent.push(data);
  }

  open() {
    this.readyState = "open";
    this.onopen?.();
  }

  end() {
    this.readyState = "closed";
    this.onclose?.();
  }
}

export class FakeConnection {
  constructor(settings) {
    Object.assign(this, { settings, iceConnectionState: "new", remoteDescription: null, localDescription: null });
    this.signalingState = "stable";
    Object.assign(this, { channels: [], candidates: [], restarted: 0, closed: false, offers: 0, stats: new Map() });
  }

  createDataChannel(label, settings) {
    const channel = new FakeChannel(label, settings);
    this.channels.push(channel);
    return channel;
  }

  async createOffer() {
    this.offers += 1;
    return { type: "offer", sdp: `offer ${this.offers}` };
  }

  async createAnswer() {
    return { type: "answer", sdp: `answer to ${this.remoteDescription.sdp}` };
  }

  async setLocalDescription(description) {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
  }

  async setRemoteDescription(description) {
    if (description.sdp === "broken") throw new Error("the description cannot be read");
    if (description.type === "answer" && this.signalingState !== "have-local-offer") throw new Error("no offer waits");
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error("a candidate came before the description");
    this.candidates.push(candidate);
  }

  async getStats() {
    return this.stats;
  }

  restartIce() {
    this.restarted += 1;
  }

  close() {
    this.closed = true;
  }

  ice(state) {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }

  /** Statistics of a selected pair with these kinds of candidates. */
  pair(local, remote) {
    this.stats = new Map([
      ["t", { type: "transport", selectedCandidatePairId: "p" }],
      ["p", { type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r" }],
      ["l", { type: "local-candidate", candidateType: local }],
      ["r", { type: "remote-candidate", candidateType: remote }],
    ]);
  }
}
