/**
 * Everything participants read, in their language: texts of the catalogue, numbers, times and names.
 *
 * The catalogue comes with the study (`setTexts`); before it there are a few first words.
 */

import { FIRST_WORDS } from "./first_words.js";

const ENGLISH = "en";
const browsersLanguage = globalThis.navigator?.language?.slice(0, 2) ?? ENGLISH;

let language = browsersLanguage in FIRST_WORDS ? browsersLanguage : ENGLISH;
/** @type {Record<string, string>} */
let texts = FIRST_WORDS[language];
/** @type {Record<string, string>} Those that are others for this participant than for the study. */
let own = {};
/** @type {string | null} */
let ownLanguage = null;
let plurals = pluralsOf(language);

/** @param {string} tag Of a language; one that the browser cannot read counts as English does. */
function pluralsOf(tag) {
  try {
    return new Intl.PluralRules(tag);
  } catch {
    return new Intl.PluralRules(ENGLISH);
  }
}

/**
 * The study has come: speak as it does.
 * @param {{language: string, texts: Record<string, string>}} study
 */
export function setTexts(study) {
  ({ language, texts } = study);
  plurals = pluralsOf(spokenLanguage());
}

/**
 * @param {Record<string, string>} changed Texts that the participant's condition has other than the study.
 * @param {string | null} [tag] Its language, if it is not the study's.
 */
export function setOwnTexts(changed, tag = null) {
  [own, ownLanguage] = [changed, tag];
  plurals = pluralsOf(spokenLanguage());
}

/** @returns {string} The language tag of what is said. */
export function spokenLanguage() {
  return ownLanguage ?? language;
}

/** @param {string} key @returns {boolean} Whether there is such a text. */
export function canSay(key) {
  return key in own || key in texts;
}

/**
 * @param {string} key Of the catalogue, such as "waiting.partner"; of one in several plural forms what they share.
 * @param {Record<string, string | number>} [values] For the text's placeholders; `count` chooses the plural form.
 * @returns {string} The text for the participant.
 */
export function say(key, values = {}) {
  const forms = "count" in values ? [`${key}.${plurals.select(Number(values.count))}`, `${key}.other`] : [];
  const found = [key, ...forms].find(canSay);
  if (found === undefined) {
    console.error(`There is no text ${key}.`);
    return key;
  }
  return (own[found] ?? texts[found]).replace(/\{([a-z_]+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * @param {number} ms A duration, milliseconds.
 * @returns {string} Minutes and seconds, such as "1:05"; never negative.
 */
export function clockTime(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {number} ms A duration, milliseconds.
 * @returns {string} In words, such as "2 minutes" or "1 minute 30 seconds".
 */
export function duration(ms) {
  const total = Math.round(ms / 1000);
  const minutes = say("duration.minutes", { count: Math.floor(total / 60) });
  const seconds = say("duration.seconds", { count: total % 60 });
  if (total < 60) return seconds;
  return total % 60 === 0 ? minutes : say("duration.both", { minutes, seconds });
}

/**
 * @param {{present: number, needed: number}} waiting
 * @returns {string} Who is there, such as "1 of 2 people are here".
 */
export function presence({ present, needed }) {
  return say("waiting.presence", { present, needed });
}

/**
 * @param {string} role As the experiment file writes it, such as "cook_a".
 * @returns {string} As a person would write it, such as "Cook A".
 */
export function roleName(role) {
  const words = role.replaceAll("_", " ").trim().split(/\s+/);
  return words
    .map((word, index) => (index === 0 || word.length === 1 ? word.charAt(0).toUpperCase() + word.slice(1) : word))
    .join(" ");
}

/** @typedef {{strong: string, text: string}} Note What is said over the picture: the fact, then what follows. */

/**
 * @param {"connecting" | "break" | import("../standing.js").Reason} kind
 * @param {{partners: number, episode: number, episodes: number, afterDeparture: string, graceMs: number | null,
 *   online?: boolean}} match online: whether this page reaches the server.
 * @returns {Note} Why the picture stands still, in words for the participant.
 */
export function standstill(kind, { partners, episode, episodes, afterDeparture, graceMs, online = true }) {
  const alone = partners === 1;
  switch (kind) {
    case "connecting":
      if (partners === 0) return { strong: say("standstill.begins"), text: say("standstill.begins_text") };
      if (alone) return { strong: say("standstill.partner_here"), text: say("standstill.partner_here_text") };
      return { strong: say("standstill.everybody_here"), text: say("standstill.everybody_here_text") };
    case "break": {
      const count = episodes - episode;
      const text = count === 1 ? say("standstill.finished_last") : say("standstill.finished_more", { count });
      return { strong: say("standstill.finished", { episode, episodes }), text };
    }
    case "interrupted": {
      // Who reaches neither partner nor server is the one who is cut off.
      if (!online) return { strong: say("standstill.cut_off"), text: say("standstill.stalled_text") };
      const strong = say(alone ? "standstill.partner_away" : "standstill.player_away");
      const text = say("standstill.away_text");
      if (graceMs === null) return { strong, text };
      const key = afterDeparture === "end" ? "standstill.away_wait_end" : "standstill.away_wait_go_on";
      return { strong, text: `${text} ${say(key, { duration: duration(graceMs) })}` };
    }
    case "coming_back":
      return { strong: say("standstill.coming_back"), text: say("standstill.coming_back_text") };
    case "paused":
      return { strong: say("standstill.paused"), text: say("standstill.paused_text") };
    case "evicted":
      return { strong: say("standstill.evicted"), text: say("standstill.evicted_text") };
    default:
      return {
        strong: say(alone ? "standstill.stalled_partner" : "standstill.stalled_player"),
        text: say("standstill.stalled_text"),
      };
  }
}

/**
 * @param {{kind: "dropped" | "rejoined"}} news
 * @param {{partners: number}} match
 * @returns {string} What has become of another player, in one line.
 */
export function passingNews({ kind }, { partners }) {
  if (kind === "rejoined") return say(partners === 1 ? "news.partner_back" : "news.player_back");
  return say(partners === 1 ? "news.partner_left" : "news.player_left");
}

const SIGNS = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  Comma: ",", Period: ".", Slash: "/", Semicolon: ";", Quote: "'", Minus: "-", Equal: "=", Backslash: "\\",
  BracketLeft: "[", BracketRight: "]", Backquote: "`",
};

/**
 * @param {string} code An `event.code`.
 * @returns {string} What is printed on the key.
 */
export function keyName(code) {
  if (SIGNS[code]) return SIGNS[code];
  if (code.startsWith("Key")) return code.slice(3);
  if (code.startsWith("Digit")) return code.slice(5);
  if (code.startsWith("Numpad")) return say("keys.Numpad", { key: code.slice(6) });
  const name = code.replace(/^(Shift|Control|Alt)(Left|Right)$/, "$1");
  return canSay(`keys.${name}`) ? say(`keys.${name}`) : code;
}

/**
 * @param {string} code An `event.code`.
 * @returns {string} The key's name as it is read aloud.
 */
export function keyWords(code) {
  return code.startsWith("Arrow") ? say(`keys.spoken_${code}`) : keyName(code);
}

const GAMEPAD_SIGNS = {
  a: "A", b: "B", x: "X", y: "Y", left_bumper: "LB", right_bumper: "RB", left_trigger: "LT", right_trigger: "RT",
  up: "↑", down: "↓", left: "←", right: "→",
};
const GAMEPAD_TEXTS = {
  back: "gamepad.back", start: "gamepad.start", left_stick: "gamepad.press_left", right_stick: "gamepad.press_right",
};

const MOUSE_TEXTS = { left: "mouse.left", middle: "mouse.middle", right: "mouse.right" };

/**
 * @param {{x: number | null, y: number | null, buttons?: object, labels?: Object<string, string>}} mouse As declared.
 * @returns {{name: string, label: string | null}[]} What of the mouse the game uses, and what for.
 */
export function mouseWords({ x, y, buttons = {}, labels = {} }) {
  const moving = { name: say("mouse.move"), label: labels.move ?? say("mouse.over_picture") };
  const used = Object.keys(buttons);
  const held = used.map((button) => ({ name: say(MOUSE_TEXTS[button]), label: labels[button] ?? null }));
  return [...(x != null || y != null ? [moving] : []), ...held];
}

/**
 * @param {{axes?: object, buttons?: object, labels?: Object<string, string>}} gamepad As declared.
 * @returns {{name: string, label: string | null}[]} What of the gamepad the game uses, and what for.
 */
export function gamepadWords({ axes = {}, buttons = {}, labels = {} }) {
  const sticks = ["left", "right"].flatMap((side) => {
    const name = say(`gamepad.stick_${side}`);
    const used = [`${side}_x`, `${side}_y`].filter((axis) => axis in axes);
    const said = used.map((axis) => labels[axis]).filter(Boolean);
    // Two directions that are for different things are named one by one.
    if (said.length < 2) return used.length > 0 ? [{ name, label: said[0] ?? null }] : [];
    return [{ name: `${name} ↔`, label: said[0] }, { name: `${name} ↕`, label: said[1] }];
  });
  const triggers = Object.keys(axes).filter((axis) => axis.endsWith("_trigger"));
  const pressed = [...new Set([...triggers, ...Object.keys(buttons)])];
  const named = (button) => GAMEPAD_SIGNS[button] ?? say(GAMEPAD_TEXTS[button]);
  return [...sticks, ...pressed.map((button) => ({ name: named(button), label: labels[button] ?? null }))];
}
