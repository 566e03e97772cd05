/** What outlives a reload but not the tab: session storage, or memory where the browser forbids it. */

/**
 * @returns {{getItem: (key: string) => string | null, setItem: Function, removeItem: Function, forgets?: boolean}}
 *   forgets: a reload loses it.
 */
export function tabStorage() {
  try {
    // With cookies switched off the mere look at it throws.
    if (globalThis.sessionStorage) return globalThis.sessionStorage;
  } catch (error) {
    console.warn("This browser forbids session storage; a reload begins anew:", error);
  }
  const values = new Map();
  return {
    forgets: true,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
  };
}
