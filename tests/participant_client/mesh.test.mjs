import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Mesh } from "../../participant_client/transport/mesh.js";
import { bytes, FakeClock, settled } from "./doubles.mjs";

let peers, told, out, mesh;

function build(seat, partners) {
  peers = [];
  [told, out] = [[], []];
  mesh = new Mesh({
    seat,
    partners,
    iceServers: [],
    forceRelay: false,
    connectionTimeoutMs: 60000,
    signal: (to, data) => out.push(["signal", to, data]),
    relay: (datagrams, keep) => out.push(["relay", datagrams.map(([to]) => to), keep]),
    onPacket: (from) => out.push(["packet", from]),
    onConnections: (connections, complete) => told.push([connections, complete]),
    createPeer: (settings) => {
      const peer = {
        settings,
        life: settings.offerer ? peers.length + 100 : null,
        state: "connecting",
        sent: 0,
        type: "direct",
        sendInputs: () => (peer.sent += 1),
        sendControl: () => peer.state === "open",
        connectionType: async () => peer.type,
        onSignal: (data) => {
          peer.life ??= data.life ?? null;
          out.push(["signalled", peers.indexOf(peer), data]);
        },
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

beforeEach(() => build(1, [0, 2]));
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
    ["relay", [0], true],
    ["signalled", 1, { candidate: {} }],
    ["packet", 0],
    ["packet", 2],
    ["signal", 0, { description: {} }],
  ]);
});

test("what a turn has for partners by the server is one message, and a second datagram for one of them another", () => {
  mesh.close();
  build(2, [0, 1, 3, 4]);
  for (const partner of [0, 1, 4]) mesh.links.get(partner).detour();
  mesh.sendInputs([0, 1, 3, 4].map((to) => ({ to, data: bytes(1) })));
  assert.deepEqual(out, [["relay", [0, 1, 4], false]], "the way to 3 is still looked for");
  mesh.sendInputs([{ to: 0, data: bytes(1) }, { to: 4, data: bytes(1) }, { to: 0, data: bytes(2) }]);
  assert.deepEqual(out.slice(1), [["relay", [0, 4], false], ["relay", [0], false]]);
  mesh.sendControl([{ to: 0, data: bytes(1) }, { to: 1, data: bytes(1) }]);
  assert.deepEqual(out.slice(3), [["relay", [0, 1], true]]);
  mesh.sendInputs([]);
  assert.equal(out.length, 4, "nothing is nothing to send");
});

const offer = (life) => ({ description: { type: "offer", sdp: "x" }, life });

test("a partner who is back is offered a new connection by the lower seat, by the server at once", async () => {
  await open(peers[1]);
  mesh.welcome(2);
  assert.deepEqual([peers.length, peers[1].state, peers[2].settings.offerer], [3, "closed", true]);
  mesh.sendInputs([{ to: 2, data: bytes(1) }]);
  assert.deepEqual([mesh.connections, out.at(-1)], [{ 2: "server" }, ["relay", [2], false]]);
});

test("the higher seat keeps what there is until the offer of another connection comes", async () => {
  mesh.onSignal(0, offer(5));
  await open(peers[0]);
  mesh.welcome(0);
  assert.deepEqual([peers.length, mesh.connections], [2, { 0: "server" }]);
  peers[0].settings.onMessage(bytes(1));
  await settled();
  assert.deepEqual(mesh.connections, { 0: "direct" }, "nothing had happened to it");
  mesh.onSignal(0, offer(5));
  assert.equal(peers.length, 2, "an ICE restart is no other connection");
  mesh.onSignal(0, offer(6));
  assert.deepEqual([peers.length, peers[0].state, peers[2].life], [3, "closed", 6]);
  assert.deepEqual(mesh.connections, { 0: "server" });
});

test("who has left is not reached any more, but may come back and offer before anybody says so", () => {
  mesh.drop(0);
  mesh.sendInputs([{ to: 0, data: bytes(1) }]);
  mesh.onSignal(0, { candidate: {}, life: 6 });
  assert.deepEqual([out, peers.length, mesh.complete], [[], 2, false]);
  mesh.onSignal(0, offer(6));
  assert.deepEqual([peers.length, mesh.connections], [3, { 0: "server" }]);
});

test("a channel that the partner has closed is made anew by the lower seat while the match plays", async () => {
  await open(peers[1]);
  peers[1].settings.onState("ended");
  assert.deepEqual([peers.length, peers[2].settings.offerer, mesh.connections], [3, true, { 2: "server" }]);
  mesh.options.wanted = () => false;
  peers[2].settings.onState("ended");
  peers[0].settings.onState("ended");
  assert.equal(peers.length, 3);
});

test("who comes back to a match is reached by the server until the channels are there", async () => {
  mesh.close();
  build(1, [0, 2]);
  mesh.detour();
  assert.deepEqual([mesh.connections, mesh.complete], [{ 0: "server", 2: "server" }, true]);
  await open(peers[1]);
  assert.deepEqual(mesh.connections, { 0: "server", 2: "direct" });
});

test("closing closes every way", () => {
  mesh.close();
  assert.ok(peers.every((peer) => peer.state === "closed"));
});

test("a browser without WebRTC plays by the server", () => {
  const [clock, ways] = [new FakeClock(), []];
  const bare = new Mesh({
    seat: 0,
    partners: [1],
    iceServers: [],
    forceRelay: false,
    connectionTimeoutMs: 5000,
    signal: () => assert.fail("there is nothing to signal"),
    relay: ([[to]]) => ways.push(to),
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
