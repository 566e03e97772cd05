/** What the address that was opened says about its participant: the parameters that recruiting platforms add. */

const MOST_NAMES = 32;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 200;

/**
 * @param {string} search Of the address, such as "?PROLIFIC_PID=5f3c&seat=PC07".
 * @returns {Record<string, string>} Name and value; what is longer than the server takes is left out.
 */
export function entryOf(search) {
  const said = [...new URLSearchParams(search)].filter(
    ([name, value]) => name && name.length <= LONGEST_NAME && value.length <= LONGEST_VALUE,
  );
  return Object.fromEntries(said.slice(0, MOST_NAMES));
}
