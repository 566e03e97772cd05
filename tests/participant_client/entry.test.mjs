import assert from "node:assert/strict";
import { test } from "node:test";

import { entryOf } from "../../participant_client/wire/entry.js";

test("the address's parameters are told as they are, decoded", () => {
  assert.deepEqual(entryOf("?PROLIFIC_PID=5f3c&participant_label=Anna%20B&seat=PC07&empty="), {
    PROLIFIC_PID: "5f3c", participant_label: "Anna B", seat: "PC07", empty: "",
  });
  assert.deepEqual(entryOf(""), {});
});

test("no more is told than the server takes", () => {
  const many = new URLSearchParams(Array.from({ length: 40 }, (_, number) => [`n${number}`, "x"]));
  assert.equal(Object.keys(entryOf(`?${many}`)).length, 32);
  assert.deepEqual(entryOf(`?a=${"x".repeat(200)}&b=${"x".repeat(201)}&${"c".repeat(65)}=1`), { a: "x".repeat(200) });
});
