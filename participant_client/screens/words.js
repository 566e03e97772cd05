/** Numbers, times and names as participants read them. */

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
  const [minutes, seconds] = [Math.floor(total / 60), total % 60];
  const parts = [];
  if (minutes > 0) parts.push(`${minutes} ${minutes === 1 ? "minute" : "minutes"}`);
  if (seconds > 0 || minutes === 0) parts.push(`${seconds} ${seconds === 1 ? "second" : "seconds"}`);
  return parts.join(" ");
}

/**
 * @param {{present: number, needed: number}} waiting
 * @returns {string} Who is there, such as "1 of 2 people are here".
 */
export function presence({ present, needed }) {
  return `${present} of ${needed} people are here`;
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
      if (partners === 0) return { strong: "The game begins", text: "One moment, please." };
      if (alone) return { strong: "Your partner is here", text: "Connecting you with your partner…" };
      return { strong: "Everybody is here", text: "Connecting you with the others…" };
    case "break": {
      const next = episodes - episode;
      const more = next === 1 ? "It is the last." : `${next} more to go.`;
      const strong = `Episode ${episode} of ${episodes} is finished`;
      return { strong, text: `The next one begins in a moment. ${more}` };
    }
    case "coming_back":
      return { strong: "Coming back to the game…", text: "This takes a few seconds. You do not need to do anything." };
    case "paused":
      return { strong: "The game is paused", text: "The person who runs the study lets it go on. Please stay here." };
    case "interrupted": {
      // Who reaches neither partner nor server is the one who is cut off.
      if (!online) return { strong: "Your connection is interrupted", text: "The game goes on as soon as it is back." };
      const strong = `${alone ? "Your partner" : "One of the players"} cannot be reached right now`;
      const then = afterDeparture === "end" ? "After that the game ends." : "After that it goes on without them.";
      const wait = graceMs === null ? "" : ` We wait for up to ${duration(graceMs)}. ${then}`;
      return { strong, text: `The game goes on as soon as they are back.${wait}` };
    }
    case "evicted":
      return {
        strong: "The game has gone on without you",
        text: "Your connection was interrupted for too long. What you have done is being saved.",
      };
    default:
      return {
        strong: `Waiting for ${alone ? "your partner’s" : "a player’s"} connection…`,
        text: "The game goes on as soon as it is back.",
      };
  }
}

/**
 * @param {{kind: "dropped" | "rejoined"}} news
 * @param {{partners: number}} match
 * @returns {string} What has become of another player, in one line.
 */
export function passingNews({ kind }, { partners }) {
  const who = partners === 1 ? "Your partner" : "One of the players";
  return kind === "rejoined" ? `${who} is back.` : `${who} has left. The game goes on.`;
}

const KEY_NAMES = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Space: "Space", Escape: "Esc",
  ShiftLeft: "Shift", ShiftRight: "Shift", ControlLeft: "Ctrl", ControlRight: "Ctrl", AltLeft: "Alt", AltRight: "Alt",
  Comma: ",", Period: ".", Slash: "/", Semicolon: ";", Quote: "'", Minus: "-", Equal: "=", Backslash: "\\",
  BracketLeft: "[", BracketRight: "]", Backquote: "`", PageUp: "Page up", PageDown: "Page down",
};
const KEY_WORDS = { ArrowUp: "Arrow up", ArrowDown: "Arrow down", ArrowLeft: "Arrow left", ArrowRight: "Arrow right" };

/**
 * @param {string} code An `event.code`.
 * @returns {string} What is printed on the key.
 */
export function keyName(code) {
  if (KEY_NAMES[code]) return KEY_NAMES[code];
  if (code.startsWith("Key")) return code.slice(3);
  if (code.startsWith("Digit")) return code.slice(5);
  if (code.startsWith("Numpad")) return `Num ${code.slice(6)}`;
  return code;
}

/**
 * @param {string} code An `event.code`.
 * @returns {string} The key's name as it is read aloud.
 */
export function keyWords(code) {
  return KEY_WORDS[code] ?? keyName(code);
}

const MOUSE_BUTTONS = { left: "Left button", middle: "Middle button", right: "Right button" };
const GAMEPAD_STICKS = { left: "Left stick", right: "Right stick" };
const GAMEPAD_BUTTONS = {
  a: "A", b: "B", x: "X", y: "Y", left_bumper: "LB", right_bumper: "RB", left_trigger: "LT", right_trigger: "RT",
  back: "Back", start: "Start", left_stick: "Press left stick", right_stick: "Press right stick",
  up: "↑", down: "↓", left: "←", right: "→",
};

/**
 * @param {{x: number | null, y: number | null, buttons?: object, labels?: Object<string, string>}} mouse As declared.
 * @returns {{name: string, label: string | null}[]} What of the mouse the game uses, and what for.
 */
export function mouseWords({ x, y, buttons = {}, labels = {} }) {
  const moves = x != null || y != null ? [{ name: "Move", label: labels.move ?? "over the picture" }] : [];
  const held = Object.keys(buttons).map((button) => ({ name: MOUSE_BUTTONS[button], label: labels[button] ?? null }));
  return [...moves, ...held];
}

/**
 * @param {{axes?: object, buttons?: object, labels?: Object<string, string>}} gamepad As declared.
 * @returns {{name: string, label: string | null}[]} What of the gamepad the game uses, and what for.
 */
export function gamepadWords({ axes = {}, buttons = {}, labels = {} }) {
  const sticks = Object.entries(GAMEPAD_STICKS).flatMap(([side, name]) => {
    const used = [`${side}_x`, `${side}_y`].filter((axis) => axis in axes);
    const said = used.map((axis) => labels[axis]).filter(Boolean);
    // Two directions that are for different things are named one by one.
    if (said.length < 2) return used.length > 0 ? [{ name, label: said[0] ?? null }] : [];
    return [{ name: `${name} ↔`, label: said[0] }, { name: `${name} ↕`, label: said[1] }];
  });
  const triggers = Object.keys(axes).filter((axis) => axis.endsWith("_trigger"));
  const pressed = [...new Set([...triggers, ...Object.keys(buttons)])];
  return [...sticks, ...pressed.map((name) => ({ name: GAMEPAD_BUTTONS[name], label: labels[name] ?? null }))];
}
