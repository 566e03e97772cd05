/**
 * The one place that names the view library, so that screens import from here.
 * Text put into a template becomes a text node: what a participant typed is never read as HTML.
 */
export { html, render, useEffect, useRef, useState } from '/ui/vendor/htm/standalone.module.js';
