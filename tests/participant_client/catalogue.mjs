// The catalogues of `app/experiments/texts/` for tests: what the server would give the page with the study.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const FOLDER = new URL("../../app/experiments/texts/", import.meta.url);

/** The study's words in a language: tables and basic strings, which is all of TOML that a catalogue needs. */
export function catalogue(language) {
  const texts = {};
  let table = "";
  for (const line of readFileSync(new URL(`${language}.toml`, FOLDER), "utf8").split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const heading = /^\[([a-z._]+)\]$/.exec(line);
    if (heading) {
      table = heading[1];
      continue;
    }
    const entry = /^([A-Za-z_.]+) = (".*")$/.exec(line);
    assert.ok(entry, `${language}.toml: ${line}`);
    texts[`${table}.${entry[1]}`] = JSON.parse(entry[2]);
  }
  return { language, texts };
}
