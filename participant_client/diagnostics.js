/**
 * What `window.kioskDiagnostics()` tells about the page, for tests and for the curious. It reads; it changes nothing.
 */

/** Timers are this late in any busy browser; only what exceeds it counts as a block. */
const PROBE_INTERVAL_MS = 25;

/** Watches for tasks that keep the main thread from answering. */
export class BlockWatch {
  constructor() {
    this.longestMs = 0;
    const supported = globalThis.PerformanceObserver?.supportedEntryTypes ?? [];
    if (supported.includes("longtask")) {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) this.note(entry.duration);
      }).observe({ type: "longtask", buffered: true });
    } else {
      this.probe();
    }
  }

  note(durationMs) {
    this.longestMs = Math.max(this.longestMs, durationMs);
  }

  /** Where the browser reports no long tasks: a timer that comes late says that something held it up. */
  probe() {
    let due = performance.now() + PROBE_INTERVAL_MS;
    let visible = document.visibilityState === "visible";
    setInterval(() => {
      const now = performance.now();
      const late = now - due;
      // Timers of hidden pages are slowed down on purpose.
      if (visible && document.visibilityState === "visible" && late > PROBE_INTERVAL_MS) this.note(late);
      visible = document.visibilityState === "visible";
      due = now + PROBE_INTERVAL_MS;
    }, PROBE_INTERVAL_MS);
  }
}

/**
 * @param {object} sources
 * @param {{state: any}} sources.page
 * @param {{participantId: string | null}} sources.socket
 * @param {{readyMs: number | null}} sources.runtime
 * @param {BlockWatch} sources.blocks
 * @param {() => import("./match.js").Match | null} sources.match The match under way, else the last one.
 * @returns {() => object} The function that reads everything as plain JSON.
 */
export function createDiagnostics({ page, socket, runtime, blocks, match }) {
  return () => {
    const current = match();
    const stats = current?.stats ?? {};
    return {
      scene: page.state.scene,
      state: page.state.view?.state ?? "reading",
      participant_id: socket.participantId,
      seat: current?.seat ?? null,
      match_id: current?.matchId ?? null,
      episode: stats.episode ?? null,
      frame: stats.frame ?? null,
      confirmed: stats.confirmed ?? null,
      stable: stats.stable ?? null,
      rollbacks: stats.rollbacks ?? 0,
      max_rollback_depth: stats.max_rollback_depth ?? 0,
      stalls: stats.stalls ?? 0,
      view: stats.view ?? 0,
      catching_up: stats.catching_up ?? false,
      paused: stats.paused ?? false,
      events: { ...current?.events },
      overlay: page.state.match?.overlay?.kind ?? null,
      online: page.state.online,
      ping_ms: stats.ping_ms ?? null,
      connection_type: current?.connectionType ?? null,
      fps: stats.fps ?? null,
      ready_ms: runtime.readyMs,
      longest_main_thread_block_ms: Math.round(blocks.longestMs),
      recorded_frames: current?.recordedFrames ?? 0,
      acknowledged_frames: current?.recording.acknowledgedFrames ?? 0,
      state_hash: stats.state_hash ?? null,
      input_to_step_ms: stats.input_to_step_ms ?? null,
      input_to_paint_ms: stats.input_to_paint_ms ?? null,
    };
  };
}
