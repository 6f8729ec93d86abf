/** Lets loops wait until something may have changed. */
export class WakeUp {
  private readonly sleepers = new Set<() => void>();

  wake(): void {
    for (const wake of this.sleepers) wake();
  }

  /** Waits for {@link wake}, at most `mostMs`: the timer covers those that wait for their own time. At once after an abort. */
  wait(mostMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, mostMs);
      this.sleepers.add(wake);
    });
  }
}
