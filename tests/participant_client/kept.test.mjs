import assert from "node:assert/strict";
import { test } from "node:test";

import { Kept } from "../../participant_client/wire/kept.js";
import { FakeStorage } from "./doubles.mjs";

test("what a scene keeps is there after a reload, until it is dropped", () => {
  const storage = new FakeStorage();
  new Kept({ storage, owner: () => "p1" }).write("survey", { data: { a: 1 } });
  new Kept({ storage, owner: () => "p1" }).write("rules", { tried: ["Space"] });
  const later = new Kept({ storage, owner: () => "p1" });
  assert.deepEqual([later.read("survey"), later.read("quiz")], [{ data: { a: 1 } }, null]);
  later.drop("survey");
  assert.deepEqual([later.read("survey"), later.read("rules")], [null, { tried: ["Space"] }]);
});

test("the next participant of the same tab finds nothing of the one before", () => {
  const storage = new FakeStorage();
  new Kept({ storage, owner: () => "p1" }).write("survey", { data: { a: 1 } });
  const next = new Kept({ storage, owner: () => "p2" });
  assert.equal(next.read("survey"), null);
  next.write("rules", { tried: [] });
  assert.equal(new Kept({ storage, owner: () => "p1" }).read("survey"), null);
});

test("a full or damaged store costs the convenience, not the page", (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  const storage = new FakeStorage();
  storage.setItem("kiosk.kept", "{");
  const kept = new Kept({ storage, owner: () => "p1" });
  assert.equal(kept.read("survey"), null);
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  kept.write("survey", {});
  assert.equal(warned.mock.callCount(), 1);
});
