import type { LogBatch } from '../../src/ports/log';
import { UpdateCodec } from '../../src/serde/update-codec';
import type { Deployment } from './deployment';

/** From the timestamp of an input record to the reading of its committed update, milliseconds. */
export interface Delays {
  /** Of these updates the delay is known. */
  readonly updates: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** The longest time without an update. */
  readonly longestGapMs: number;
}

interface Seen {
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
  readonly atMs: number;
}

/**
 * Follows inputs and updates of a deployment, as readers of committed records do. An update names its input by topic, partition and offset,
 * and has the time of its own writing, so the input's timestamp is read from its log. `every`: it decodes one of so many updates.
 */
export class UpdateDelays {
  /** Updates read. */
  count = 0;
  private readonly codec = new UpdateCodec();
  private readonly inputMs = new Map<string, Map<number, number>>();
  private waiting: Seen[] = [];
  private delays: number[] = [];
  private lastMs: number | null = null;
  private longestGapMs = 0;
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    private readonly every = 1,
  ) {}

  start(): void {
    const { platform } = this.deployment;
    const { inputs, updates } = platform.topics;
    const { signal } = this.stopping;
    this.running = Promise.all([
      platform.reader().follow(this.positions(inputs), async (batch) => this.addInputs(batch), signal),
      platform.reader().follow(this.positions([updates]), async (batch) => this.addUpdates(batch), signal),
    ]);
  }

  /** The delays since the last call. */
  take(): Delays {
    this.settle();
    const sorted = this.delays.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const { longestGapMs } = this;
    this.delays = [];
    this.longestGapMs = 0;
    return {
      updates: sorted.length,
      medianMs: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      longestMs: at(1),
      longestGapMs,
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private positions(topics: readonly string[]) {
    const { CLV_PARTITIONS: partitions } = this.deployment.settings;
    return topics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })),
    );
  }

  private addInputs({ topic, partition, records }: LogBatch): void {
    const times = this.timesOf(topic, partition);
    for (const { offset, timestampMs } of records) times.set(offset, timestampMs);
  }

  private addUpdates({ partition, records }: LogBatch): void {
    const nowMs = Date.now();
    if (this.lastMs !== null) this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.lastMs);
    this.lastMs = nowMs;
    for (const { value } of records) {
      this.count += 1;
      if (this.count % this.every !== 0) continue;
      const decoded = this.codec.decode(value);
      if (!decoded.ok) throw new Error(decoded.detail);
      const { topic, offset } = decoded.value.source;
      this.waiting.push({ topic, partition, offset, atMs: nowMs });
    }
    this.settle();
  }

  /** An update may be read before its input is. */
  private settle(): void {
    const { inputs } = this.deployment.platform.topics;
    this.waiting = this.waiting.filter(({ topic, partition, offset, atMs }) => {
      const writtenMs = this.timesOf(inputs[topic]!, partition).get(offset);
      if (writtenMs === undefined) return true;
      this.delays.push(atMs - writtenMs);
      return false;
    });
  }

  private timesOf(topic: string, partition: number): Map<number, number> {
    const key = `${topic}/${partition}`;
    let times = this.inputMs.get(key);
    if (times === undefined) {
      times = new Map();
      this.inputMs.set(key, times);
    }
    return times;
  }
}
