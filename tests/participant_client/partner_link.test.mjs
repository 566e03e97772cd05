import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { PartnerLink } from "../../participant_client/transport/partner_link.js";
import { bytes, FakeClock, settled } from "./doubles.mjs";

let clock, link, peer, relayed, received, types, ends;

/** A `PeerConnection` that does what the test says. */
class FakePeer {
  constructor(callbacks) {
    Object.assign(this, callbacks, { state: "connecting", type: "direct", busy: false });
    Object.assign(this, { inputs: [], control: [], restarts: 0, doubts: [] });
  }

  to(state) {
    this.state = state;
    this.onState(state);
  }

  sendInputs(data) {
    if (this.state !== "open" || this.busy) return false;
    return this.inputs.push(data) > 0;
  }

  sendControl(data) {
    return this.state === "open" && this.control.push(data) > 0;
  }

  async connectionType() {
    return this.state === "open" ? this.type : null;
  }

  restart() {
    this.restarts += 1;
  }

  doubt() {
    this.doubts.push(clock.ms);
  }

  close() {
    this.state = "closed";
  }
}

beforeEach(() => {
  clock = new FakeClock();
  [relayed, received, types, ends] = [[], [], [], 0];
  link = new PartnerLink({
    createPeer: (callbacks) => (peer = new FakePeer(callbacks)),
    relay: (data, keep) => relayed.push(keep),
    onPacket: (data) => received.push([...new Uint8Array(data)][0]),
    onType: (type) => types.push(type),
    onEnded: () => (ends += 1),
    connectionTimeoutMs: 5000,
    now: clock.now,
    setTimer: clock.setTimer,
    clearTimer: clock.clearTimer,
  });
});

/** Both sides send for a while; the partner is heard on these ways only. */
function play(ms, { byChannel = true, byServer = false } = {}) {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    if (byChannel) peer.onMessage(bytes(1));
    if (byServer) link.onRelay(bytes(2));
    link.sendInputs(bytes(0));
  }
}

async function open(type = "direct") {
  peer.type = type;
  peer.to("open");
  await settled();
}

test("an open channel is the way, and its kind is told", async () => {
  await open("turn");
  play(1000);
  assert.deepEqual(types, ["turn"]);
  assert.equal(peer.inputs.length, 20);
  assert.deepEqual(relayed, []);
});

test("before any way is found, control waits for nothing: it goes by the server", () => {
  link.sendControl(bytes(1));
  assert.deepEqual(relayed, [true]);
});

test("without a channel in time the server is the way, and the search goes on", () => {
  clock.advance(4999);
  assert.deepEqual(types, []);
  clock.advance(1);
  assert.deepEqual(types, ["server"]);
  assert.equal(peer.restarts, 1);
  link.sendInputs(bytes(1));
  assert.deepEqual(relayed, [false]);
});

test("a channel that comes up later takes over again", async () => {
  clock.advance(5000);
  await open();
  play(500);
  assert.deepEqual(types, ["server", "direct"]);
  assert.deepEqual(relayed, []);
});

test("a lost channel means the server path at once, and a restart", async () => {
  await open();
  play(500);
  peer.to("lost");
  link.sendInputs(bytes(1));
  assert.deepEqual(types, ["direct", "server"]);
  assert.deepEqual(relayed, [false]);
  assert.equal(peer.restarts, 1);
});

test("a channel that the partner has closed means the server path at once, and is told", async () => {
  await open();
  peer.to("ended");
  link.sendInputs(bytes(1));
  assert.deepEqual(types, ["direct", "server"]);
  assert.deepEqual([relayed, ends, peer.restarts], [[false], 1, 0]);
});

test("on a detour it goes by the server from the first datagram on, until the channel is there", async () => {
  link.detour();
  link.sendInputs(bytes(1));
  assert.deepEqual([types, relayed], [["server"], [false]]);
  clock.advance(5000);
  assert.equal(peer.restarts, 1, "the offer may have met nobody");
  await open();
  relayed.length = 0;
  link.sendInputs(bytes(1));
  assert.deepEqual([types, relayed], [["server", "direct"], []]);
});

test("a busy channel drops the datagram instead of sending it round by the server", async () => {
  await open();
  peer.busy = true;
  play(400);
  assert.deepEqual([peer.inputs.length, relayed.length], [0, 0]);
});

test("half a second of silence sends both ways without calling the channel lost", async () => {
  await open();
  play(500);
  play(1000, { byChannel: false });
  assert.deepEqual(types, ["direct"]);
  assert.ok(relayed.length > 5);
  relayed.length = 0;
  link.sendControl(bytes(1));
  assert.deepEqual([peer.control.length, relayed.length], [1, 1]);
});

test("after half a second of silence another way is looked for, and back on the channel none any more", async () => {
  await open();
  play(500);
  play(500, { byChannel: false });
  assert.deepEqual([peer.doubts, relayed], [[], []]);
  play(50, { byChannel: false });
  assert.deepEqual([peer.doubts, relayed], [[1050], [false]]);
  peer.onMessage(bytes(1));
  relayed.length = 0;
  play(450);
  assert.deepEqual([peer.doubts, relayed, types], [[1050], [], ["direct"]]);
});

test("a silent channel counts as lost when the partner is heard by the server meanwhile", async () => {
  await open();
  play(500);
  play(2500, { byChannel: false, byServer: true });
  assert.deepEqual(types, ["direct", "server"]);
  peer.onMessage(bytes(1));
  await settled();
  assert.deepEqual(types, ["direct", "server", "direct"]);
});

test("a partner who is silent everywhere does not make the channel lost", async () => {
  await open();
  play(500);
  play(10000, { byChannel: false });
  assert.deepEqual(types, ["direct"]);
});

test("silence while we ourselves did not send says nothing", async () => {
  await open();
  play(500);
  clock.advance(8000);
  relayed.length = 0;
  link.sendInputs(bytes(1));
  assert.deepEqual(relayed, []);
});

test("a way that turns out to be another kind is told", async () => {
  await open("turn");
  peer.type = "direct";
  await link.refresh();
  assert.deepEqual(types, ["turn", "direct"]);
});

test("after close nothing comes through any more", async () => {
  await open();
  link.close();
  peer.onMessage(bytes(1));
  link.onRelay(bytes(2));
  clock.advance(60000);
  assert.deepEqual([received, types], [[], ["direct"]]);
});
