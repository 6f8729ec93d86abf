import type { PrequentialReport } from '../../domain/prequential/report';
import type { ClvUpdate } from '../../domain/update';
import type { Clock } from '../../ports/clock';
import { type CustomerQueries, MAX_RANKED } from '../../ports/customer-queries';
import type { LogBatch, LogReader, LogRecord } from '../../ports/log';
import type { ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { PrequentialReports } from '../../ports/prequential-reports';
import type { TierRelease, TierReleases } from '../../ports/tier-releases';
import type { HistoryLimits } from './customer-history';
import { CustomerView } from './customer-view';
import { RecentRate } from './recent-rate';

export interface ApiOptions {
  /** Reads committed records only. The owner closes it after the api. */
  readonly reader: LogReader;
  readonly topic: string;
  readonly partitions: number;
  /** Returns null for bytes that are no update. */
  readonly decodeUpdate: (value: Uint8Array) => ClvUpdate | null;
  readonly decodeKey?: (key: Uint8Array) => string;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Source of the reasons for promotions. Without it, only the versions in the updates are available. */
  readonly models?: ModelRegistry;
  /** Source of the trainer's prequential reports. */
  readonly reports?: PrequentialReports;
  /** Source of the cuts of the value tiers. */
  readonly tierReleases?: TierReleases;
  /** Number of input records not folded yet, if this process has it. */
  readonly inputLagRecords?: () => number | null;
  readonly historyLimits?: HistoryLimits;
}

export interface Api extends CustomerQueries {
  /** True after every partition was read to its end once. */
  caughtUp(): boolean;
  viewLagRecords(): number;
  /** Stops reading. Queries still work on the last view. */
  close(): Promise<void>;
}

const RETRY_AFTER_MS = 1_000;

interface Reading {
  nextOffset: number;
  /** End of the log at the last batch. */
  end: number;
  atEnd: boolean;
}

/** Follows the published updates from the start of the (compacted) log and answers queries about them. */
export function startApi(options: ApiOptions): Api {
  const api = new UpdatesFollower(options);
  api.start();
  return api;
}

class UpdatesFollower implements Api {
  private readonly view: CustomerView;
  private readonly rate = new RecentRate();
  private readonly readings: Reading[];
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];
  private report: PrequentialReport | null = null;
  private tierRelease: TierRelease | null = null;
  private undecodable = 0;
  private onceCaughtUp = false;

  constructor(private readonly options: ApiOptions) {
    this.view = new CustomerView(options.historyLimits);
    this.readings = Array.from({ length: options.partitions }, () => ({ nextOffset: 0, end: 0, atEnd: false }));
  }

  start(): void {
    this.running.push(
      this.keepTrying('follow updates', () => this.follow()),
      this.keepTrying('read the ends of the log', () => this.readEnds()),
    );
    const { models, reports, tierReleases } = this.options;
    const { signal } = this.stopping;
    const announced = this.view.modelAnnounced.bind(this.view);
    const reported = (report: PrequentialReport): void => {
      this.report = report;
    };
    if (models !== undefined) {
      this.running.push(this.keepTrying('watch models', () => models.watchHistory(announced, signal)));
    }
    if (reports !== undefined) {
      this.running.push(this.keepTrying('watch prequential reports', () => reports.watch(reported, signal)));
    }
    const released = (release: TierRelease): void => {
      this.tierRelease = release;
    };
    if (tierReleases !== undefined) {
      this.running.push(this.keepTrying('watch tier cuts', () => tierReleases.watch(released, signal)));
    }
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  caughtUp(): boolean {
    this.onceCaughtUp ||= this.readings.every((reading) => reading.atEnd);
    return this.onceCaughtUp;
  }

  viewLagRecords(): number {
    return this.readings.reduce((sum, reading) => sum + Math.max(0, reading.end - reading.nextOffset), 0);
  }

  customer(customerId: string): ClvUpdate | null {
    return this.view.customer(customerId);
  }

  history(customerId: string): ReturnType<CustomerQueries['history']> {
    return this.view.history(customerId);
  }

  ranked(...[order, limit]: Parameters<CustomerQueries['ranked']>): ReturnType<CustomerQueries['ranked']> {
    return this.view.ranked(order, Math.min(limit, MAX_RANKED), this.options.clock.nowMs());
  }

  async page(query: Parameters<CustomerQueries['page']>[0]): ReturnType<CustomerQueries['page']> {
    return this.view.page(query);
  }

  async select(query: Parameters<CustomerQueries['select']>[0]): ReturnType<CustomerQueries['select']> {
    return this.view.select(query);
  }

  segments(): ReturnType<CustomerQueries['segments']> {
    return this.view.segments(this.options.clock.nowMs());
  }

  tiers(): TierRelease | null {
    return this.tierRelease;
  }

  models(): ReturnType<CustomerQueries['models']> {
    return this.view.models();
  }

  prequential(): PrequentialReport | null {
    return this.report;
  }

  status(): ReturnType<CustomerQueries['status']> {
    const { view } = this;
    const nowMs = this.options.clock.nowMs();
    return {
      updates: view.updates,
      customers: view.customers,
      updatesPerSecond: this.rate.perSecond(nowMs),
      recentUpdates: this.rate.lastMinute(nowMs),
      viewLagRecords: this.viewLagRecords(),
      inputLagRecords: this.options.inputLagRecords?.() ?? null,
      newestUpdateAtMs: view.newestUpdateAtMs,
      newestAsOfS: view.newestAsOfS,
      modelVersion: view.modelVersion,
      modelSwaps: view.modelSwaps,
      currency: view.currency,
      undecodable: this.undecodable,
      caughtUp: this.caughtUp(),
    };
  }

  private follow(): Promise<void> {
    const positions = this.readings.map((reading, partition) => ({
      topic: this.options.topic,
      partition,
      offset: reading.nextOffset,
    }));
    return this.options.reader.follow(positions, (batch) => this.fold(batch), this.stopping.signal);
  }

  /** Reads the bounds, because an empty partition may never deliver a batch. */
  private async readEnds(): Promise<void> {
    for (const [partition, reading] of this.readings.entries()) {
      const { start, end } = await this.options.reader.bounds(this.options.topic, partition);
      if (start === end || reading.nextOffset >= end) reading.atEnd = true;
      reading.end = Math.max(reading.end, start === end ? reading.nextOffset : end);
    }
  }

  private async fold(batch: LogBatch): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    for (const record of batch.records) this.foldRecord(record);
    this.rate.add(nowMs, batch.records.length);
    const reading = this.readings[batch.partition];
    if (reading === undefined) return;
    reading.nextOffset = batch.nextOffset;
    reading.end = batch.end;
    reading.atEnd ||= batch.nextOffset >= batch.end;
  }

  private foldRecord(record: LogRecord): void {
    if (record.value === null) {
      if (record.key !== null) this.view.remove((this.options.decodeKey ?? decodeText)(record.key));
      return;
    }
    const update = this.options.decodeUpdate(record.value);
    if (update !== null) this.view.apply(update, record.timestampMs);
    else if (this.undecodable++ === 0) {
      const { topic } = this.options;
      this.options.observer.notice(
        'warn',
        `a record of ${topic} is no CLV update: check which other program writes to the topic`,
        {
          offset: record.offset,
        },
      );
    }
  }

  /** Repeats a task after an error. Reader and model registry already handle an unreachable log themselves. */
  private async keepTrying(what: string, run: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await run();
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.options.observer.notice('error', `the api could not ${what}; trying again`, { error: String(error) });
        await this.options.clock.sleep(RETRY_AFTER_MS, signal);
      }
    }
  }
}

const text = new TextDecoder();

function decodeText(bytes: Uint8Array): string {
  return text.decode(bytes);
}
