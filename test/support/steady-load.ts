import type { OutgoingRecord } from '../../src/ports/log';
import type { Deployment } from './deployment';
import { pauseMs } from './process';

const STEP_MS = 25;

/** Writes records at a steady rate, each with the time at which it is written. */
export class SteadyLoad {
  written = 0;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    private readonly records: readonly OutgoingRecord[],
    private readonly perSecond: number,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Resolves when all records are written. */
  async done(): Promise<void> {
    await this.running;
  }

  /** It writes what is due. A step that took long is caught up, so that the rate holds on a busy machine. */
  private async run(): Promise<void> {
    const startMs = Date.now();
    while (!this.stopping.signal.aborted && this.written < this.records.length) {
      const nextMs = Date.now() + STEP_MS;
      const due = Math.min(this.records.length, Math.ceil(((Date.now() - startMs) / 1000) * this.perSecond));
      const timestampMs = Date.now();
      const step = this.records.slice(this.written, due).map((record) => ({ ...record, timestampMs }));
      if (step.length > 0) await this.deployment.write(step);
      this.written = due;
      await pauseMs(Math.max(0, nextMs - Date.now()));
    }
  }
}
