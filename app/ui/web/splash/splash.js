/** The splash in the desktop window; desktop.py calls `kioskSplash.show` with what the server does. */

const element = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

globalThis.kioskSplash = {
  /**
   * @param {{study?: string, step?: string, percent?: number|null, reason?: string, lines?: string[]}} state
   *   `reason`: the server does not run; without it the server is being prepared
   */
  show(state) {
    element('study').textContent = state.study ?? '';
    element('preparing').hidden = state.reason !== undefined;
    element('failed').hidden = state.reason === undefined;
    element('step').textContent = state.step ?? '';
    if (typeof state.percent === 'number') {
      element('bar').max = 100;
      element('bar').value = state.percent;
    } else {
      element('bar').removeAttribute('value');
    }
    element('reason').textContent = state.reason ?? '';
    element('lines').textContent = (state.lines ?? []).join('\n');
  },
};
