/** How long a reader waits before it polls again: short after work, then longer and longer without work. */
export const IDLE_MIN_MS = 20;
const IDLE_MAX_MS = 100;
const IDLE_GROWTH = 1.3;

export function nextIdleMs(idleMs: number): number {
  return Math.min(IDLE_MAX_MS, idleMs * IDLE_GROWTH);
}
