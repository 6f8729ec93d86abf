/** Time and waiting, as a parameter so that tests and the simulation control them. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Monotonic seconds, for durations. */
  elapsedS(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The wall clock, ms, as long as nobody sets it back. A clock that is set back would make good records look as if they were from the future.
 */
export function steadyTime(clock: Pick<Clock, 'nowMs' | 'elapsedS'>): () => number {
  const startedMs = clock.nowMs() - 1000 * clock.elapsedS();
  return () => Math.max(clock.nowMs(), startedMs + 1000 * clock.elapsedS());
}
