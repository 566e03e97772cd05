import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";

import { MembershipLine, partnersOf, recordedWith } from "../../participant_client/membership.js";
import { RequestRefused } from "../../participant_client/wire/socket.js";
import { bytes, settled } from "./doubles.mjs";
import { FakeSocket, matched } from "./page_doubles.mjs";

let socket, posted, mesh, line, wanted, refused, pauses;

const commit = (view, changes = {}) => ({
  kind: "commit", view, epoch: 0, drop: {}, inputs: {}, substitute: "default_action", activate: {}, final: null,
  pause: null, resume: false, ...changes,
});

function made(changes = {}) {
  return new MembershipLine({
    socket,
    matched: matched(changes),
    post: (message) => posted.push(message),
    wanted: () => wanted,
    onRefused: () => (refused += 1),
    onError: (error) => assert.fail(error),
    pause: async (ms) => pauses.push(ms),
  });
}

beforeEach(() => {
  socket = new FakeSocket();
  [posted, mesh, pauses, wanted, refused] = [[], [], [], true, 0];
  mesh.welcome = (seat) => mesh.push(["welcome", seat]);
  mesh.drop = (seat) => mesh.push(["drop", seat]);
  line = made();
});

test("what the worker says reaches the server one after the other, in its order", async () => {
  const answers = [];
  socket.request = (name, payload) => {
    socket.said.push(payload.message);
    return new Promise((done) => answers.push(() => done({ ok: true })));
  };
  line.say({ kind: "report", ballot: 1 });
  line.say({ kind: "suspect", seat: 1 });
  await settled();
  assert.deepEqual(socket.said, [{ kind: "report", ballot: 1 }]);
  answers.shift()();
  await settled();
  assert.deepEqual(socket.said.map(({ kind }) => kind), ["report", "suspect"]);
});

test("after the connection was down the server hears which change came last, before what still waits", async () => {
  line.hear(commit(1), mesh);
  line.line = new Promise(() => {});
  line.say({ kind: "heard", seat: 1 });
  line.back(2);
  await settled();
  assert.deepEqual(socket.said, [["membership", { match_id: "m1", message: { kind: "back", view: 1, epoch: 2 } }]]);
});

test("everything the server says reaches the worker", () => {
  const messages = [{ kind: "prepare", ballot: 1 }, { kind: "abort", ballot: 1 }, commit(1), commit(1)];
  for (const message of messages) line.hear(message, mesh);
  assert.deepEqual(posted, messages.map((message) => ({ type: "membership", message })));
});

test("who comes back is reached anew, who has left is not, and a commit that is repeated closes nothing again", () => {
  line.hear(commit(1, { drop: { 1: 30 } }), mesh);
  line.hear({ kind: "observe", seat: 1, on: true }, mesh);
  line.hear({ kind: "observe", seat: 0, on: true }, mesh);
  line.hear(commit(1, { drop: { 1: 30 } }), mesh);
  line.hear({ kind: "observe", seat: 1, on: false }, mesh);
  assert.deepEqual([...mesh], [["drop", 1], ["welcome", 1], ["drop", 1]]);
});

test("a commit that ends the match is remembered", () => {
  line.hear(commit(1), mesh);
  assert.equal(line.final, false);
  line.hear(commit(2, { final: 90 }), mesh);
  assert.equal(line.final, true);
});

const states = JSON.parse(readFileSync(new URL("../contract/states.json", import.meta.url)));

test("what is said about a state for who comes back passes here unread, both ways", async () => {
  for (const message of Object.values(states.to_page)) line.hear(message, mesh);
  assert.deepEqual(posted.map(({ message }) => message), Object.values(states.to_page));
  for (const message of Object.values(states.from_page)) line.say(message);
  await settled();
  assert.deepEqual(socket.said.map(([, { message }]) => message), Object.values(states.from_page));
  assert.deepEqual([...mesh], [], "nobody is reached anew or dropped for it");
});

const part = (index) => ({ to: 1, epoch: 0, frame: 600, index, data: bytes(1, 2, 3) });

test("a part of a state is sent behind the offer that announces it, and the worker hears that it was taken", async () => {
  const offered = [];
  const request = socket.request.bind(socket);
  socket.request = (name, payload) =>
    name === "membership" ? new Promise((done) => offered.push(done)) : request(name, payload);
  line.say(states.from_page.offer);
  line.sendParts([part(0), part(1)]);
  await settled();
  assert.deepEqual(socket.said, [], "the server would not know what it is for");
  offered[0]({ ok: true });
  await settled();
  assert.deepEqual(socket.said.map(([name, { index }]) => [name, index]), [["state_part", 0], ["state_part", 1]]);
  assert.deepEqual(socket.payload("state_part"), { match_id: "m1", ...part(1) });
  assert.deepEqual(posted, [0, 1].map(() => ({ type: "part_taken", to: 1, kept: true })));
});

test("a report about who takes part does not wait for the parts of a state", async () => {
  const request = socket.request.bind(socket);
  socket.request = (name, payload) => (name === "state_part" ? new Promise(() => {}) : request(name, payload));
  line.sendParts([part(0)]);
  line.say({ kind: "report", ballot: 1 });
  await settled();
  assert.deepEqual(socket.payload("membership").message, { kind: "report", ballot: 1 });
});

test("the worker hears that nobody waits for a part any more", async () => {
  socket.answers.state_part = new RequestRefused("state_part", { code: "not_donating" });
  line.sendParts([part(0)]);
  await settled();
  assert.deepEqual(posted, [{ type: "part_taken", to: 1, kept: false }]);
});

test("the input log is brought to the worker, and asked for again only after a second", async () => {
  socket.answers.input_log = { episode: 3, through: 59, inputs: { 0: "3c01" } };
  await line.fetchLog(3);
  assert.deepEqual(posted, [{ type: "join", log: { episode: 3, through: 59, inputs: { 0: "3c01" } } }]);
  assert.deepEqual(pauses, []);
  await line.fetchLog(3);
  assert.deepEqual([pauses, posted.length], [[1000], 2]);
});

test("a log that is refused, or comes too late, is not brought", async (context) => {
  context.mock.method(console, "warn", () => {});
  socket.answers.input_log = new RequestRefused("input_log", { code: "not_rejoining" });
  await line.fetchLog(0);
  assert.equal(refused, 1);
  wanted = false;
  await line.fetchLog(0);
  assert.deepEqual([refused, posted], [1, []]);
});

test("a match is played with all people, a match one comes back to with those who are there", () => {
  const seats = ["a", "b", "c", "d"];
  assert.deepEqual(partnersOf(matched({ seats, seat: 1 })), [0, 2, 3]);
  assert.deepEqual(partnersOf(matched({ seats, seat: 1, people: [0, 1, 3] })), [0, 3]);
  const gone = [commit(1, { drop: { 0: 9, 1: 9 } }), commit(2, { drop: { 3: 20 } })];
  const commits = [...gone, commit(3, { activate: { 0: 60 } })];
  assert.deepEqual(partnersOf(matched({ seats, seat: 1, people: [0, 1, 3], rejoin: { commits } })), [0]);
});

test("what an earlier page left to be sent counts as recorded", () => {
  const recorded = { episode: 0, through: 59, seq: 2 };
  assert.equal(recordedWith(recorded, null), recorded);
  assert.equal(recordedWith(recorded, { seq: 1, episode: 0, last_frame: 59 }), recorded);
  const kept = { seq: 4, episode: 1, last_frame: 29 };
  assert.deepEqual(recordedWith(recorded, kept), { episode: 1, through: 29, seq: 5 });
});
