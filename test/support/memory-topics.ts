import type { CustomerEvent } from '../../src/domain/event';
import type { PrequentialReport } from '../../src/domain/prequential/report';
import { BY_NOBODY, inForceAfter, nextRelease, type ReleaseChange } from '../../src/domain/release/release';
import type { EventDecoder } from '../../src/ports/event-decoder';
import type { LogBatch, LogBounds, LogReader, LogRecord, ReadPosition } from '../../src/ports/log';
import type { CurrentModel, ModelAnnouncement, ModelRegistry, PastModel } from '../../src/ports/model-registry';
import type { PrequentialReports } from '../../src/ports/prequential-reports';

const text = { encode: new TextEncoder(), decode: new TextDecoder() };

/** Topics in memory, with events as JSON, in batches of at most `batchRecords`. */
export class MemoryTopics implements LogReader {
  private readonly logs = new Map<string, LogRecord[]>();
  private readonly wakers = new Set<() => void>();

  constructor(private readonly batchRecords = 500) {}

  append(topic: string, partition: number, events: readonly CustomerEvent[]): void {
    const log = this.log(topic, partition);
    for (const event of events) {
      const value = text.encode.encode(JSON.stringify(event));
      log.push({ offset: log.length, timestampMs: event.timeS * 1000, key: null, value });
    }
    for (const wake of this.wakers) wake();
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    return { start: 0, end: this.log(topic, partition).length };
  }

  async follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const next = positions.map(({ offset }) => offset);
    while (!signal.aborted) {
      let delivered = false;
      for (const [i, { topic, partition }] of positions.entries()) {
        const log = this.log(topic, partition);
        const records = log.slice(next[i], next[i]! + this.batchRecords);
        if (records.length === 0 || signal.aborted) continue;
        next[i]! += records.length;
        await onBatch({ topic, partition, records, nextOffset: next[i]!, end: log.length });
        await new Promise((resolve) => setImmediate(resolve));
        delivered = true;
      }
      if (!delivered) await this.appended(signal);
    }
  }

  async readToEnd(): Promise<void> {
    throw new Error('not used');
  }

  async close(): Promise<void> {}

  private log(topic: string, partition: number): LogRecord[] {
    const name = `${topic}/${partition}`;
    const log = this.logs.get(name) ?? [];
    this.logs.set(name, log);
    return log;
  }

  private appended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.wakers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}

/** Decodes the values written by {@link MemoryTopics}. */
export const jsonDecoder: EventDecoder = {
  decodeEvent(_topic, _partition, value) {
    if (value === null) return { ok: false, reason: 'undecodable', detail: 'no value' };
    return { ok: true, value: JSON.parse(text.decode.decode(value)) as CustomerEvent };
  },
};

export class MemoryRegistry implements ModelRegistry {
  readonly announced: ModelAnnouncement[] = [];
  private readonly watchers = new Set<(current: CurrentModel) => void>();

  private readonly kept = new Map<string, ModelAnnouncement>();

  async publish(announcement: ModelAnnouncement, change: ReleaseChange = BY_NOBODY): Promise<void> {
    const before = inForceAfter(this.announced, [...(await this.versions()).keys()]);
    const announced = { ...announcement, release: nextRelease(before, announcement.version, change) };
    this.announced.push(announced);
    for (const tell of this.watchers) tell({ ...announced, sequence: this.announced.length - 1 });
  }

  async keep(announcement: ModelAnnouncement): Promise<void> {
    if (!(await this.versions()).has(announcement.version)) this.kept.set(announcement.version, announcement);
  }

  async current(): Promise<CurrentModel | null> {
    const sequence = this.announced.length - 1;
    return sequence < 0 ? null : { ...this.announced[sequence]!, sequence };
  }

  async versions(): Promise<ReadonlyMap<string, ModelAnnouncement>> {
    const versions = new Map(this.kept);
    for (const announcement of this.announced) {
      versions.delete(announcement.version);
      versions.set(announcement.version, announcement);
    }
    return versions;
  }

  async history(afterSequence = -1): Promise<readonly PastModel[]> {
    return this.announced
      .map(({ artefact: _, ...past }, sequence) => ({ ...past, sequence }))
      .filter(({ sequence }) => sequence > afterSequence);
  }

  async watchCurrent(onCurrent: (current: CurrentModel) => void, signal: AbortSignal): Promise<void> {
    const last = await this.current();
    if (last !== null) onCurrent(last);
    await this.follow(onCurrent, signal);
  }

  async watchHistory(onAnnouncement: (announcement: CurrentModel) => void, signal: AbortSignal): Promise<void> {
    for (const [sequence, announcement] of this.announced.entries()) onAnnouncement({ ...announcement, sequence });
    await this.follow(onAnnouncement, signal);
  }

  private async follow(onAnnouncement: (announcement: CurrentModel) => void, signal: AbortSignal): Promise<void> {
    this.watchers.add(onAnnouncement);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      if (signal.aborted) resolve();
    });
    this.watchers.delete(onAnnouncement);
  }

  async close(): Promise<void> {}
}

/** Stores the published reports, newest last. */
export class MemoryReports implements PrequentialReports {
  readonly published: PrequentialReport[] = [];

  private readonly watchers = new Set<(report: PrequentialReport) => void>();

  async publish(report: PrequentialReport): Promise<void> {
    this.published.push(report);
    for (const tell of this.watchers) tell(report);
  }

  async watch(onReport: (report: PrequentialReport) => void, signal: AbortSignal): Promise<void> {
    const latest = this.published.at(-1);
    if (latest !== undefined) onReport(latest);
    this.watchers.add(onReport);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.watchers.delete(onReport);
  }
}
