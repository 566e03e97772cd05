// A page of the rig's own test: one RTCPeerConnection, one unordered lossy channel, driven by the test from outside.
// No ICE server and no permission: what a participant's page on a plain http LAN address has.

const connection = new RTCPeerConnection();
const channel = connection.createDataChannel("inputs", {
  negotiated: true,
  id: 0,
  ordered: false,
  maxRetransmits: 0,
});
channel.binaryType = "arraybuffer";

const PING = 0;
const PONG = 1;

/** @type {{sent: number, roundTripsMs: number[], sequence: number[]}} */
let measured = { sent: 0, roundTripsMs: [], sequence: [] };
let next = 0;

channel.onmessage = (event) => {
  const [kind, number, at] = new Float64Array(event.data);
  if (kind === PING) channel.send(new Float64Array([PONG, number, at]));
  else {
    measured.roundTripsMs.push(performance.now() - at);
    measured.sequence.push(number);
  }
};

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const gathered = () =>
  new Promise((resolve) => {
    if (connection.iceGatheringState === "complete") resolve(undefined);
    connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && resolve(undefined);
  });

/** What the test calls. Descriptions carry their candidates, so that the test needs no signaling of its own. */
window.rig = {
  async describe() {
    await connection.setLocalDescription();
    await gathered();
    return connection.localDescription.toJSON();
  },

  /** @param {RTCSessionDescriptionInit} description */
  async accept(description) {
    await connection.setRemoteDescription(description);
  },

  /** Waits for the channel to open, at most so long, and says how things stand. */
  async opened(timeoutMs) {
    const end = performance.now() + timeoutMs;
    while (channel.readyState !== "open" && performance.now() < end) await pause(20);
    return { connection: connection.connectionState, channel: channel.readyState };
  },

  /** Sends `count` messages, one every `everyMs`, and waits until `answers` of them came back. */
  async measure(count, everyMs, answers) {
    measured = { sent: 0, roundTripsMs: [], sequence: [] };
    while (measured.sent < count) {
      channel.send(new Float64Array([PING, next, performance.now()]));
      next += 1;
      measured.sent += 1;
      await pause(everyMs);
    }
    while (measured.roundTripsMs.length < answers) await pause(20);
    return measured;
  },
};
