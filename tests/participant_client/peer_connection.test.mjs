import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { PeerConnection } from "../../participant_client/transport/peer_connection.js";
import { bytes, FakeClock, settled } from "./doubles.mjs";
import { FakeConnection } from "./fake_connection.mjs";

let clock, signals, messages, states, made;

function connect(options = {}) {
  const Connection = class extends FakeConnection {
    constructor(settings) {
      super(settings);
      made = this;
    }
  };
  return new PeerConnection({
    offerer: true,
    newLife: () => 7,
    iceServers: [{ urls: ["stun:192.0.2.1:3478"] }],
    forceRelay: false,
    signal: (data) => signals.push(data),
    onMessage: (data) => messages.push(data),
    onState: (state) => states.push(state),
    Connection,
    setTimer: clock.setTimer,
    clearTimer: clock.clearTimer,
    ...options,
  });
}

function open() {
  made.ice("connected");
  for (const channel of made.channels) channel.open();
}

beforeEach(() => {
  clock = new FakeClock();
  [signals, messages, states] = [[], [], []];
});

test("inputs may be lost and overtaken, control may not", () => {
  connect();
  const [inputs, control] = made.channels.map((channel) => channel.settings);
  assert.deepEqual(inputs, { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 });
  assert.deepEqual(control, { negotiated: true, id: 1, ordered: true });
  assert.ok(made.channels.every((channel) => channel.binaryType === "arraybuffer"));
});

test("forced relaying offers no address of this computer", () => {
  connect({ forceRelay: true });
  assert.equal(made.settings.iceTransportPolicy, "relay");
});

test("one side offers, the other answers", async () => {
  connect();
  await settled();
  assert.deepEqual(signals, [{ description: { type: "offer", sdp: "offer 1" }, life: 7 }]);
  signals.length = 0;
  const answerer = connect({ offerer: false });
  await settled();
  assert.deepEqual(signals, []);
  answerer.onSignal({ description: { type: "offer", sdp: "offer 1" }, life: 7 });
  await settled();
  assert.deepEqual(signals, [{ description: { type: "answer", sdp: "answer to offer 1" }, life: 7 }]);
});

test("candidates that come before the description wait for it", async () => {
  const peer = connect({ offerer: false });
  peer.onSignal({ candidate: { candidate: "a" }, life: 7 });
  peer.onSignal({ candidate: { candidate: "b" }, life: 7 });
  await settled();
  assert.deepEqual(made.candidates, []);
  peer.onSignal({ description: { type: "offer", sdp: "x" }, life: 7 });
  peer.onSignal({ candidate: { candidate: "c" }, life: 7 });
  await settled();
  assert.deepEqual(made.candidates.map(({ candidate }) => candidate), ["a", "b", "c"]);
});

test("candidates leave as plain JSON", () => {
  connect();
  made.onicecandidate({ candidate: { toJSON: () => ({ candidate: "mine" }) } });
  made.onicecandidate({ candidate: null });
  assert.deepEqual(signals, [{ candidate: { candidate: "mine" }, life: 7 }]);
});

test("it is open only when both channels are", () => {
  const peer = connect();
  made.ice("connected");
  made.channels[0].open();
  assert.equal(peer.state, "connecting");
  made.channels[1].open();
  assert.equal(peer.state, "open");
  assert.deepEqual(states, ["open"]);
});

test("an input datagram is dropped while the one before has not left", () => {
  const peer = connect();
  open();
  assert.equal(peer.sendInputs(bytes(1)), true);
  made.channels[0].bufferedAmount = 40;
  assert.equal(peer.sendInputs(bytes(2)), false);
  assert.equal(made.channels[0].sent.length, 1);
  made.channels[1].bufferedAmount = 40;
  assert.equal(peer.sendControl(bytes(3)), true);
});

test("messages come out as ArrayBuffers, texts not at all", () => {
  connect();
  open();
  made.channels[0].onmessage({ data: new Uint8Array([1, 2, 3]).subarray(1) });
  made.channels[1].onmessage({ data: "hello" });
  assert.deepEqual(messages.map((data) => [...new Uint8Array(data)]), [[2, 3]]);
});

test("a selected pair with a relayed end counts as turn, any other as direct", async () => {
  const peer = connect();
  assert.equal(await peer.connectionType(), null);
  open();
  made.pair("host", "srflx");
  assert.equal(await peer.connectionType(), "direct");
  made.pair("host", "relay");
  assert.equal(await peer.connectionType(), "turn");
});

const answer = { description: { type: "answer", sdp: "x" }, life: 7 };
const offers = () => signals.map(({ description }) => description?.sdp);

/** The first offer is answered, and both channels are open. */
async function established() {
  const peer = connect();
  await settled();
  peer.onSignal(answer);
  await settled();
  open();
  return peer;
}

async function passes(ms) {
  clock.advance(ms);
  await settled();
}

test("a lost way is told at once, and the offerer looks for another until there is one", async () => {
  const peer = await established();
  made.ice("disconnected");
  assert.deepEqual(states, ["open", "lost"]);
  await passes(0);
  assert.deepEqual([made.restarted, offers()], [1, ["offer 1", "offer 2"]]);
  peer.onSignal(answer);
  await settled();
  await passes(3000);
  assert.deepEqual([made.restarted, offers().at(-1)], [2, "offer 3"]);
  made.ice("connected");
  assert.equal(peer.state, "open");
  await passes(60000);
  assert.equal(made.restarted, 2);
});

test("silence on an open channel restarts ICE at once, though ICE still calls it connected", async () => {
  const peer = await established();
  peer.doubt();
  await passes(0);
  assert.deepEqual([made.restarted, offers().at(-1), peer.state], [1, "offer 2", "open"]);
  peer.onSignal(answer);
  await passes(3000);
  assert.equal(made.restarted, 2, "ICE calls it connected, but nothing has come");
  peer.onSignal(answer);
  await settled();
  made.channels[0].onmessage({ data: bytes(1) });
  await passes(60000);
  assert.equal(made.restarted, 2);
  peer.doubt();
  await passes(0);
  assert.equal(made.restarted, 3, "after it had carried something, at once again");
});

test("while a restart is under way there is no second one: its offer is repeated until it is answered", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  const peer = await established();
  peer.doubt();
  await passes(0);
  made.ice("disconnected");
  peer.doubt();
  await passes(2900);
  assert.deepEqual([made.restarted, offers()], [1, ["offer 1", "offer 2"]]);
  await passes(100);
  assert.deepEqual([made.restarted, offers()], [1, ["offer 1", "offer 2", "offer 2"]]);
  peer.onSignal({ description: { type: "answer", sdp: "first" }, life: 7 });
  peer.onSignal({ description: { type: "answer", sdp: "again" }, life: 7 });
  await settled();
  assert.equal(made.remoteDescription.sdp, "first", "a repeated offer is answered twice");
  assert.equal(warned.mock.callCount(), 0, "which is no fault of anybody");
  made.ice("connected");
  made.channels[0].onmessage({ data: bytes(1) });
  await passes(60000);
  assert.equal(made.restarted, 1);
});

test("who answers waits for the offer", async () => {
  connect({ offerer: false });
  open();
  made.ice("failed");
  clock.advance(60000);
  await settled();
  assert.equal(made.restarted, 0);
  assert.deepEqual(signals, []);
});

test("failing before it was ever open is no loss", () => {
  const peer = connect();
  made.ice("failed");
  assert.equal(peer.state, "connecting");
  assert.deepEqual(states, []);
});

test("a channel that closes is gone for good: no ICE restart brings it back", () => {
  const peer = connect();
  open();
  made.channels[0].end();
  assert.equal(peer.state, "ended");
  made.ice("disconnected");
  clock.advance(60000);
  assert.deepEqual([peer.state, made.restarted], ["ended", 0]);
});

test("what was meant for the connection before this one is passed over", async () => {
  const offerer = connect();
  await settled();
  offerer.onSignal({ description: { type: "answer", sdp: "late" }, life: 6 });
  await settled();
  assert.equal(made.remoteDescription, null);

  const answerer = connect({ offerer: false });
  answerer.onSignal({ candidate: { candidate: "late" }, life: 6 });
  answerer.onSignal({ candidate: { candidate: "mine" }, life: 7 });
  answerer.onSignal({ description: { type: "offer", sdp: "x" }, life: 7 });
  answerer.onSignal({ candidate: { candidate: "later" }, life: 6 });
  await settled();
  assert.deepEqual(made.candidates, [{ candidate: "mine" }]);
  assert.equal(answerer.life, 7);
});

test("a description that cannot be used does not stop the later ones", async (context) => {
  context.mock.method(console, "warn", () => {});
  const peer = connect({ offerer: false });
  peer.onSignal({ description: { type: "offer", sdp: "broken" }, life: 7 });
  peer.onSignal({ description: { type: "offer", sdp: "whole" }, life: 7 });
  await settled();
  assert.deepEqual(signals, [{ description: { type: "answer", sdp: "answer to whole" }, life: 7 }]);
});

test("after close nothing is told and nothing restarts", () => {
  const peer = connect();
  open();
  states.length = 0;
  peer.close();
  made.channels[0].end();
  clock.advance(60000);
  assert.equal(made.closed, true);
  assert.deepEqual([states, made.restarted], [[], 0]);
});
