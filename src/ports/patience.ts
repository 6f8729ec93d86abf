import type { Clock } from './clock';

/** A command that ends by itself waits so long for a log that does not answer. docs/errors.md names it. */
export const GIVES_UP_AFTER_MS = 20_000;

/** The log, or its topics, were not there within the time that a command waits. */
export class WaitedInVain extends Error {
  readonly code = 'CLV_WAITED_IN_VAIN';

  constructor(afterMs: number, reason: string) {
    super(`gave up after ${afterMs / 1000} s. ${reason}`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** How long work goes on that a log does not answer. */
export class Patience {
  private sinceMs: number | null = null;

  /** `mostMs`: Infinity for ever, as services do. `textOf`: says what an error is and what to do. */
  constructor(
    private readonly clock: Clock,
    private readonly mostMs: number,
    readonly textOf: (error: unknown) => string = messageOf,
  ) {}

  /** To be called before each attempt. */
  begin(): void {
    this.sinceMs ??= this.clock.elapsedS() * 1000;
  }

  succeeded(): void {
    this.sinceMs = null;
  }

  /** Throws WaitedInVain if no attempt has succeeded for so long. */
  failed(error: unknown): void {
    const waitedMs = this.clock.elapsedS() * 1000 - (this.sinceMs ?? Number.POSITIVE_INFINITY);
    if (waitedMs >= this.mostMs) throw new WaitedInVain(this.mostMs, this.textOf(error));
  }
}
