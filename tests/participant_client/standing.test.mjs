import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Standing } from "../../participant_client/standing.js";

let standing;

const made = (changes = {}) =>
  new Standing({ seat: 0, setup: { after_departure: "default_action" }, rejoin: null, ...changes });
const reason = ({ scene = "match", connections = { 1: "direct" }, now = 0 } = {}) =>
  standing.reason(scene, connections, now);
const stats = (changes) => ({ stalled: false, paused: false, catching_up: false, ...changes });

beforeEach(() => (standing = made()));

test("while all is well nothing is said", () => {
  standing.onStats(stats(), 0);
  assert.equal(reason(), null);
});

test("a stall is told when it lasts, silence of a partner at once", () => {
  standing.onStats(stats({ stalled: true }), 0);
  assert.equal(reason({ now: 300 }), null);
  assert.equal(reason({ now: 460 }), "stalled");
  standing.onEvent({ name: "unstalled", frame: 9, ms: 470 });
  assert.equal(reason({ now: 480 }), null, "before the next figures come");
  standing.onEvent({ name: "interrupted", seat: 1 });
  assert.equal(reason(), "interrupted");
  standing.onEvent({ name: "resumed", seat: 1 });
  assert.equal(reason(), null);
});

test("the researcher's pause explains more than a silent partner, and coming back more than both", () => {
  standing.onEvent({ name: "interrupted", seat: 1 });
  standing.onStats(stats({ stalled: true, paused: true }), 0);
  assert.equal(reason({ now: 9000 }), "paused");
  standing.onStats(stats({ paused: true, catching_up: true }), 0);
  assert.equal(reason(), "coming_back");
  standing.onEvent({ name: "evicted" });
  assert.equal(reason(), "evicted");
});

test("a page that was loaded again comes back from its first moment on", () => {
  standing = made({ rejoin: { commits: [] } });
  assert.equal(reason(), "coming_back");
  standing.onStats(stats(), 0);
  assert.equal(reason(), null);
});

test("who has lost only the server plays on by the channel, but is missed in a break", () => {
  standing.onPartner(1, "interrupted");
  assert.equal(reason(), null);
  assert.equal(reason({ connections: { 1: "server" } }), "stalled");
  assert.equal(reason({ scene: "break" }), "stalled");
  standing.onPartner(1, "resumed");
  assert.equal(reason({ scene: "break" }), "break");
});

test("a partner who has left is waited for no longer, and told in passing like one who is back", () => {
  standing.onEvent({ name: "interrupted", seat: 1 });
  assert.deepEqual(standing.onEvent({ name: "dropped", seat: 1, cut: 40, view: 1 }), { kind: "dropped", seat: 1 });
  assert.equal(reason(), null);
  assert.deepEqual(standing.onEvent({ name: "rejoined", seat: 1, at: 99, view: 2 }), { kind: "rejoined", seat: 1 });
  assert.equal(standing.onEvent({ name: "rejoined", seat: 0, at: 99, view: 2 }), null, "one's own return is seen");
});

test("the game goes on without who has left, though the server has lost them, too", () => {
  const byServer = { connections: { 1: "server" } };
  standing.onPartner(1, "interrupted");
  assert.equal(reason(byServer), "stalled");
  standing.onEvent({ name: "dropped", seat: 1, cut: 40, view: 1 });
  assert.deepEqual([reason(byServer), reason({ ...byServer, scene: "break" })], [null, "break"]);
  standing.onEvent({ name: "rejoined", seat: 1, at: 99, view: 2 });
  assert.equal(reason(byServer), "stalled");
});

test("where a departure ends the match it is not told in passing", () => {
  standing = made({ setup: { after_departure: "end" } });
  assert.equal(standing.onEvent({ name: "dropped", seat: 1, cut: 40, view: 1 }), null);
});

test("a new episode knows nothing of the last one's silence", () => {
  standing.onEvent({ name: "interrupted", seat: 1 });
  standing.onStats(stats({ stalled: true }), 0);
  standing.begin();
  assert.equal(reason({ now: 9000 }), null);
});
