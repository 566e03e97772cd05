import assert from "node:assert/strict";
import { test } from "node:test";

import { BackButton } from "../../participant_client/wire/back_button.js";

/** A browser's history with one page in it, whose Back and Forward tell the page. */
class FakeHistory extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { entries: [null], at: 0 });
  }

  get state() {
    return this.entries[this.at];
  }

  pushState(state) {
    this.entries = [...this.entries.slice(0, this.at + 1), state];
    this.at += 1;
  }

  go(step) {
    this.at += step;
    this.dispatchEvent(new Event("popstate"));
  }

  forward() {
    this.go(1);
  }
}

test("Back comes back to the page, as often as it is pressed, with one entry added", () => {
  const history = new FakeHistory();
  const button = new BackButton({ history, target: history });
  button.hold();
  button.hold();
  for (let pressed = 0; pressed < 3; pressed += 1) {
    history.go(-1);
    assert.equal(history.at, 1);
  }
  assert.equal(history.entries.length, 2);
});

test("a page that was loaded again stands on its entry already", () => {
  const history = new FakeHistory();
  new BackButton({ history, target: history }).hold();
  new BackButton({ history, target: history }).hold();
  assert.equal(history.entries.length, 2);
});

test("before Start and after the end Back leads where it always does", () => {
  const history = new FakeHistory();
  const button = new BackButton({ history, target: history });
  button.hold();
  button.release();
  history.go(-1);
  assert.equal(history.at, 0);
});
