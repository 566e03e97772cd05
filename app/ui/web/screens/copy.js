/** A button that copies a text, also where the clipboard interface is missing. */
import { html, useState } from '../html.js';

/** @param {{text: string, what: string, main?: boolean}} props */
export function Copy({ text, what, main = false }) {
  const [state, setState] = useState('');
  async function run() {
    setState((await copied(text)) ? 'Copied' : 'Select and copy it');
    setTimeout(() => setState(''), 2500);
  }
  return html`<button type="button" class=${main ? 'main' : 'plain'} onClick=${run}
    aria-label=${state ? undefined : `Copy the ${what}`}><span role="status">${state || 'Copy'}</span></button>`;
}

/** @param {string} text @returns {Promise<boolean>} */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'off-screen';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
