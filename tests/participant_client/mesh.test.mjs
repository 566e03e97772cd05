import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Mesh } from "../../participant_client/transport/mesh.js";
import { bytes, FakeClock, settled } from "./doubles.mjs";

let peers, told, out, mesh;

function build(seat, seats) {
  peers = [];
  [told, out] = [[], []];
  mesh = new Mesh({
    seat,
    seats,
    iceServers: [],
    forceRelay: false,
    connectionTimeoutMs: 60000,
    signal: (to, data) => out.push(["signal", to, data]),
    relay: (to, _data, keep) => out.push(["relay", to, keep]),
    onPacket: (from) => out.push(["packet", from]),
    onConnections: (connections, complete) => told.push([connections, complete]),
    createPeer: (settings) => {
      const peer = {
        settings,
        state: "connecting",
        sent: 0,
        type: "direct",
        sendInputs: () => (peer.sent += 1),
        sendControl: () => peer.state === "open",
        connectionType: async () => peer.type,
        onSignal: (data) => out.push(["signalled", peers.indexOf(peer), data]),
        close: () => (peer.state = "closed"),
      };
      peers.push(peer);
      return peer;
    },
  });
}

async function open(peer, type = "direct") {
  Object.assign(peer, { state: "open", type });
  peer.settings.onState("open");
  await settled();
}

beforeEach(() => build(1, 3));
afterEach(() => mesh.close());

test("the lower seat of every pair offers", () => {
  assert.deepEqual(peers.map((peer) => peer.settings.offerer), [false, true]);
});

test("it is complete when there is a way to every partner, and the slowest kind stands for all", async () => {
  await open(peers[0], "turn");
  assert.deepEqual(told.at(-1), [{ 0: "turn" }, false]);
  await open(peers[1], "direct");
  assert.deepEqual(told.at(-1), [{ 0: "turn", 2: "direct" }, true]);
  assert.equal(mesh.connectionType, "turn");
});

test("packets, signals and relayed bytes go to and come from the seat they name", () => {
  mesh.sendInputs([{ to: 2, data: bytes(1) }, { to: 9, data: bytes(1) }]);
  assert.deepEqual(peers.map((peer) => peer.sent), [0, 1]);
  mesh.sendControl([{ to: 0, data: bytes(1) }]);
  mesh.onSignal(2, { candidate: {} });
  mesh.onRelay(0, bytes(1));
  peers[1].settings.onMessage(bytes(1));
  peers[0].settings.signal({ description: {} });
  assert.deepEqual(out, [
    ["relay", 0, true],
    ["signalled", 1, { candidate: {} }],
    ["packet", 0],
    ["packet", 2],
    ["signal", 0, { description: {} }],
  ]);
});

test("closing closes every way", () => {
  mesh.close();
  assert.ok(peers.every((peer) => peer.state === "closed"));
});

test("a browser without WebRTC plays by the server", () => {
  const [clock, ways] = [new FakeClock(), []];
  const bare = new Mesh({
    seat: 0,
    seats: 2,
    iceServers: [],
    forceRelay: false,
    connectionTimeoutMs: 5000,
    signal: () => assert.fail("there is nothing to signal"),
    relay: (to) => ways.push(to),
    onPacket() {},
    onConnections: (connections) => ways.push(connections),
    setTimer: clock.setTimer,
    clearTimer: clock.clearTimer,
  });
  clock.advance(5000);
  bare.sendInputs([{ to: 1, data: bytes(1) }]);
  bare.close();
  assert.deepEqual(ways, [{ 1: "server" }, 1]);
});
