// The page's surroundings for tests of what joins the parts: window, server line, worker, uploads.

import assert from "node:assert/strict";

import { RequestRefused } from "../../participant_client/wire/socket.js";
import { catalogue } from "./catalogue.mjs";
import { FakeConnection } from "./fake_connection.mjs";

/** What `match.js` takes from the browser. */
export function installWindow() {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible", hasFocus: () => true });
  globalThis.window = Object.assign(new EventTarget(), { document: page });
  globalThis.RTCPeerConnection = class extends FakeConnection {
    constructor(settings) {
      super(settings);
      FakeConnection.latest = this;
    }
  };
}

/** The server line: answers requests from a list by name, remembers everything said. */
export class FakeSocket {
  constructor() {
    Object.assign(this, { handlers: {}, said: [], answers: {}, participantId: "p1", token: "t", connected: true });
  }

  on(name, handler) {
    this.handlers[name] = handler;
  }

  identify(token, participantId) {
    Object.assign(this, { token, participantId });
  }

  forget() {
    Object.assign(this, { token: null, participantId: null });
  }

  async request(name, payload = {}) {
    this.said.push([name, payload]);
    const answer = this.answers[name] ?? {};
    if (answer instanceof Error) throw answer;
    return { ok: true, ...answer };
  }

  insist(name, payload) {
    return this.request(name, payload);
  }

  async bring(name, payload) {
    await this.request(name, payload).catch((error) => assert.ok(error instanceof RequestRefused, error));
  }

  send(name, payload) {
    this.said.push([name, payload]);
  }

  names() {
    return this.said.map(([name]) => name);
  }

  payload(name) {
    return this.said.findLast(([said]) => said === name)?.[1];
  }
}

/** The worker: remembers what it is told, and says what every worker says of a match that it is given. */
export class FakeRuntime {
  constructor() {
    const study = Promise.resolve({ title: "T", ...catalogue("en") });
    Object.assign(this, { posted: [], environmentHash: "ab", readyMs: 1200, starts: 0, study });
    this.loading = { state: "loading", fraction: 0, label: "", message: "" };
    this.loaded = new Promise((done) => (this.onLoaded = done));
    this.onMessage = () => {};
  }

  start() {
    this.starts += 1;
  }

  post(message) {
    this.posted.push(message);
    if (message.type === "match") queueMicrotask(() => this.onMessage({ type: "started", digest: "d1" }));
  }

  of(type) {
    return this.posted.filter((message) => message.type === type);
  }

  finishLoading() {
    this.loading = { state: "loaded", fraction: 1, label: "loading.ready", message: "" };
    this.onLoaded();
    this.onLoading(this.loading);
  }
}

/** The upload queue, drained when the test says so. */
export class FakeUploads {
  constructor() {
    this.added = [];
    this.waiting = [];
  }

  add(chunk) {
    this.added.push(chunk);
  }

  kept() {
    return new Promise((done) => (this.isKept = done));
  }

  async newest() {
    return this.left ?? null;
  }

  drained() {
    return new Promise((done) => this.waiting.push(done));
  }

  drain() {
    for (const done of this.waiting.splice(0)) done();
  }
}

/** What `flow.js` takes beside: the tab's memory, the history, the survey library. */
export function flowParts() {
  const kept = new Map();
  return {
    kept: {
      read: (sceneId) => kept.get(sceneId) ?? null,
      write: (sceneId, value) => kept.set(sceneId, value),
      drop: (sceneId) => kept.delete(sceneId),
    },
    backButton: { holds: false, hold() { this.holds = true; }, release() { this.holds = false; } },
    loadForms: async () => ({ Form: FakeForm, surveyjs: {} }),
  };
}

/** A survey's form: `fill` is its participant, `reopened` what it was told. */
export class FakeForm {
  constructor(options) {
    Object.assign(this, { options, reopened: [] });
    FakeForm.latest = this;
  }

  fill(answers, questions = []) {
    return this.options.onDone(answers, questions);
  }

  reopen(wrong) {
    this.reopened.push(wrong);
  }
}

export function matched(changes = {}) {
  return {
    match_id: "m1", scene_id: "game", seat: 0, seats: ["0", "1"], roles: ["cook_a", "cook_b"], match_tag: 7,
    episode_seeds: [1, 2], ice_servers: [], force_relay: false, connection_timeout_ms: 60000,
    setup: { keys: { ArrowUp: 0 }, num_episodes: 2, game_width: 640, game_height: 480, background: "#ffffff" },
    ...changes,
  };
}

export function view(type, state, button = null) {
  return { scene: { id: type === "game" ? "game" : type, type, title: "T", html: "", button }, state };
}
