import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace } from "../../participant_client/worker/pace.js";

/** A pace whose timers never fire by themselves; `reach` moves the clock and lets a due turn run. */
function paced(rates = [], soon = () => {}) {
  let time = 0;
  const turns = [];
  const pace = new Pace(
    () => time,
    () => {
      turns.push(time);
      return rates.shift() ?? 1;
    },
    soon,
  );
  pace.schedule = () => {};
  const reach = (at) => {
    time = at;
    pace.run();
  };
  return { pace, turns, reach };
}

test("a turn comes every frame time from the moment given", () => {
  const { pace, turns, reach } = paced();
  pace.setFps(50);
  pace.start(100);
  for (const at of [60, 100, 110, 120, 140]) reach(at);
  assert.deepEqual(turns, [100, 120, 140]);
});

test("a turn that runs late does not make the next ones late", () => {
  const { pace, turns, reach } = paced();
  pace.setFps(50);
  pace.start(0);
  for (const at of [0, 35, 40, 60]) reach(at);
  assert.deepEqual(turns, [0, 35, 40, 60]);
});

test("after a long pause the missed turns are dropped", () => {
  const { pace, reach } = paced();
  pace.setFps(50);
  pace.start(0);
  reach(0);
  reach(5000);
  assert.equal(pace.due, 5000);
});

test("a turn that asks for a slower pace gets it once", () => {
  const { pace, reach } = paced([0.5, 1]);
  pace.setFps(50);
  pace.start(0);
  reach(0);
  assert.equal(pace.due, 40);
  reach(40);
  assert.equal(pace.due, 60);
});

test("a pace that is stopped in its turn stays stopped", () => {
  const { pace, reach } = paced();
  pace.turn = () => {
    pace.stop();
    return 1;
  };
  let scheduled = 0;
  pace.start(0);
  pace.schedule = () => (scheduled += 1);
  reach(0);
  assert.equal(scheduled, 0);
  assert.equal(pace.running, false);
});

test("a turn that has more to do is followed at once by the next, but never before what waits to be heard", () => {
  const soon = [];
  const turns = [];
  const turn = () => turns.push("turn") && (turns.length < 3 ? Infinity : 1);
  const pace = new Pace(() => 1000, turn, (task) => soon.push(task));
  pace.start(1000);
  pace.run();
  assert.deepEqual([turns.length, soon.length], [1, 1]);
  soon.shift()();
  soon.shift()();
  assert.deepEqual([turns.length, soon.length], [3, 0], "then the frame rate's pace again");
  assert.ok(pace.due > 1000);
  pace.stop();
});

test("a turn that was to follow at once does not when the pace was stopped meanwhile", () => {
  const soon = [];
  let turns = 0;
  const pace = new Pace(() => 0, () => ((turns += 1), Infinity), (task) => soon.push(task));
  pace.start(0);
  pace.run();
  pace.stop();
  soon.shift()();
  assert.equal(turns, 1);
});
