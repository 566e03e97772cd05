/**
 * The participant's page, put together. The only file that knows every part; `early.js` has started the worker before.
 */

import * as idb from "./vendor/idb-keyval/index.js";
import { BlockWatch, createDiagnostics } from "./diagnostics.js";
import { runtime } from "./early.js";
import { Flow } from "./flow.js";
import { Page } from "./page.js";
import { drawScreens } from "./screens/app.js";
import { Returns } from "./returning.js";
import { ChunkQueue } from "./upload/chunk_queue.js";
import { ChunkStore } from "./upload/chunk_store.js";
import { BackButton } from "./wire/back_button.js";
import { estimateClock } from "./wire/clock.js";
import { entryOf } from "./wire/entry.js";
import { Kept } from "./wire/kept.js";
import { StudySocket } from "./wire/socket.js";
import { tabStorage } from "./wire/tab_storage.js";

const CLOCK_INTERVAL_MS = 30000;

const blocks = new BlockWatch();
let clock = { offsetMs: 0, rttMs: 0 };
let rendererModule = null;

const storage = tabStorage();
const socket = new StudySocket({ io: globalThis.io, storage });
const page = new Page((state) => drawScreens(document.getElementById("page"), state, flow), tasks());
const uploads = new ChunkQueue({
  request: (...values) => socket.request(...values),
  store: new ChunkStore(globalThis.indexedDB ? idb : null),
  onAcknowledged: (chunk) => flow.match?.onAcknowledged(chunk),
  onChange: () => showSaving(),
});
const flow = new Flow({
  page,
  socket,
  runtime,
  uploads,
  clock: () => clock,
  returns: new Returns({ storage, reload: () => location.reload() }),
  loadRenderer,
  loadForms,
  kept: new Kept({ storage, owner: () => socket.participantId }),
  backButton: new BackButton({ history: globalThis.history, target: globalThis }),
  entry: entryOf(location.search),
});

/** @returns {(task: () => void) => void} Runs a task soon, in a turn of its own; unlike timers, in hidden pages too. */
function tasks() {
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => waiting.shift()();
  return (task) => {
    waiting.push(task);
    port2.postMessage(null);
  };
}

/** Early, while the participant reads: running the drawing library takes the main thread for a moment. */
async function loadRenderer() {
  rendererModule ??= import("./render/renderer.js");
  const module = await rendererModule;
  await module.preloadRenderer();
  return module;
}

/** Only where a study asks something: these are the largest files of the page. */
async function loadForms() {
  const [{ Form }, { loadLibrary }] = await Promise.all([import("./survey/form.js"), import("./survey/library.js")]);
  return { Form, surveyjs: await loadLibrary() };
}

function showSaving() {
  const since = page.state.saving?.since ?? performance.now();
  const pending = uploads.pending();
  page.update({ saving: { pending, refused: uploads.refused.length, since: pending > 0 ? since : performance.now() } });
}

async function readClock() {
  if (!socket.connected) return;
  try {
    clock = await estimateClock((name) => socket.request(name));
    runtime.post({ type: "clock", offsetMs: clock.offsetMs });
  } catch (error) {
    console.warn("The server's clock could not be read; it is tried again:", error);
  }
}

socket.on("connect", () => {
  page.update({ online: true });
  readClock();
  uploads.hurry();
});
socket.on("disconnect", (reason) => {
  page.update({ online: false });
  if (reason === "io server disconnect") flow.onReplaced();
});
if (socket.participantId) uploads.resume(socket.participantId);

globalThis.addEventListener("error", ({ error, message }) => {
  // Browsers report this for observers that resize what they observe; nothing is wrong then.
  if (!message?.startsWith("ResizeObserver loop")) flow.fail(error ?? new Error(message));
});
globalThis.addEventListener("unhandledrejection", ({ reason }) => flow.fail(reason));
globalThis.addEventListener("pagehide", () => flow.onPageHide());
globalThis.addEventListener("beforeunload", (event) => {
  if (["saving", "end"].includes(page.state.scene) && uploads.pending() > 0) event.preventDefault();
});
globalThis.kioskDiagnostics = createDiagnostics({ page, socket, runtime, blocks, match: () => flow.match });

// Tasks of their own: the worker is using the processor now, and in one piece they would hold up the page.
setTimeout(() => {
  flow.listen();
  page.update({});
});
setTimeout(() => runtime.study.then((study) => flow.onStudy(study), () => {}));
setTimeout(() => {
  socket.connect();
  setInterval(readClock, CLOCK_INTERVAL_MS);
});
