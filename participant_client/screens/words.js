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
