import type { Clock } from '../../ports/clock';

export interface Closing {
  /** Time for each adapter, milliseconds. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Called if an adapter takes longer. The next one is closed then. */
  readonly onLate: () => void;
}

/** Closes the adapters one after the other. One that waits for an answer that never comes does not keep the others open. */
export async function closeAdapters(
  adapters: Iterable<{ close(): Promise<void> }>,
  { deadlineMs, clock, onLate }: Closing,
): Promise<void> {
  for (const adapter of adapters) {
    const done = new AbortController();
    const closed = adapter.close().finally(() => done.abort());
    await Promise.race([closed, clock.sleep(deadlineMs, done.signal)]);
    if (done.signal.aborted) await closed;
    else {
      // Whatever it fails with later, nobody waits for it any more.
      closed.catch(() => undefined);
      onLate();
    }
  }
}
