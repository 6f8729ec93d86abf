import type { Clock } from '../../src/ports/clock';

/** The machine's clock, for tests that run real servers and timers. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  elapsedS: () => performance.now() / 1000,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done);
    }),
};

/** Waits until the condition holds. Fails after 10 s with the name of the condition. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`waited 10 s in vain: ${what}`);
    await realClock.sleep(10);
  }
}
