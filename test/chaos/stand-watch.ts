import { Kafka, logLevel } from 'kafkajs';
import type { Deployment } from '../support/deployment';
import { pauseMs } from '../support/process';

/** For how long a partition had records to publish and published none. */
export interface Stand {
  readonly partition: number;
  readonly seconds: number;
  /** Seconds after the watch began. */
  readonly atSeconds: number;
}

const EVERY_MS = 1_000;

/**
 * Looks every second how far the group has published and how far the inputs go, as any consumer-lag tool would. A look that no broker
 * answers counts as no progress.
 */
export class StandWatch {
  private readonly startedMs = Date.now();
  private readonly published: number[];
  private readonly standsSinceMs: number[];
  private readonly longestOf: Stand[];
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deployment: Deployment) {
    const partitions = deployment.settings.CLV_PARTITIONS;
    this.published = new Array(partitions).fill(-1);
    this.standsSinceMs = new Array(partitions).fill(this.startedMs);
    this.longestOf = Array.from({ length: partitions }, (_, partition) => ({ partition, seconds: 0, atSeconds: 0 }));
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** The longest stand of each partition. */
  get stands(): readonly Stand[] {
    return this.longestOf;
  }

  /** For how long the partition that stands longest has stood by now, ms; what was before an instant does not count. */
  standsForMs(afterMs: number): number {
    return Date.now() - Math.max(afterMs, Math.min(...this.standsSinceMs));
  }

  private async run(): Promise<void> {
    const { settings, platform } = this.deployment;
    const kafka = new Kafka({
      brokers: [...settings.KAFKA_BROKERS],
      clientId: 'chaos-watch',
      logLevel: logLevel.NOTHING,
      requestTimeout: 3_000,
      retry: { retries: 1, initialRetryTime: 200 },
    });
    while (!this.stopping.signal.aborted) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        while (!this.stopping.signal.aborted) {
          await this.look(admin, settings.CLV_APP, platform.topics.inputs);
          await pauseMs(EVERY_MS);
        }
      } catch {
        await pauseMs(EVERY_MS);
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    }
  }

  private async look(admin: ReturnType<Kafka['admin']>, groupId: string, inputs: readonly string[]): Promise<void> {
    const published = new Array<number>(this.published.length).fill(0);
    const behind = new Array<boolean>(this.published.length).fill(false);
    const offsets = await admin.fetchOffsets({ groupId, topics: [...inputs] });
    for (const { topic, partitions } of offsets) {
      const ends = await admin.fetchTopicOffsets(topic);
      for (const { partition, offset } of partitions) {
        const next = Math.max(0, Number(offset));
        published[partition] = (published[partition] ?? 0) + next;
        if (Number(ends.find((end) => end.partition === partition)?.high ?? 0) > next) behind[partition] = true;
      }
    }
    const nowMs = Date.now();
    for (const [partition, sum] of published.entries()) {
      const standsForMs = nowMs - this.standsSinceMs[partition]!;
      if (standsForMs > 1_000 * this.longestOf[partition]!.seconds) {
        const atSeconds = Math.round((this.standsSinceMs[partition]! - this.startedMs) / 1000);
        this.longestOf[partition] = { partition, seconds: standsForMs / 1000, atSeconds };
      }
      if (behind[partition] && sum <= this.published[partition]!) continue;
      this.published[partition] = Math.max(sum, this.published[partition]!);
      this.standsSinceMs[partition] = nowMs;
    }
  }
}
