import { type ClvUpdate, LIFECYCLE_STAGES, VALUE_TIERS } from '../../domain/update';
import type { CustomerListQuery, CustomerPage, RankedCustomer } from '../../ports/customer-list';
import {
  type CustomerHistory,
  type CustomerOrder,
  MAX_RANKED,
  type ModelSeen,
  type Segment,
} from '../../ports/customer-queries';
import type { ModelAnnouncement } from '../../ports/model-registry';
import { type HistoryLimits, RecentHistories } from './customer-history';
import { listed, placeOf } from './customer-list';
import { highest } from './highest';
import { ModelTimeline } from './model-timeline';

/** 5,000 × 200 points of about 120 bytes: at most about 120 MB. */
const DEFAULT_HISTORY_LIMITS: HistoryLimits = { customers: 5_000, points: 200 };
/** Maximum age of rankings and segments, because computing them visits all customers. */
const RECOMPUTE_AFTER_MS = 1_000;
const TREND_LENGTH = 32;

interface Computed<T> {
  readonly atMs: number;
  readonly answer: T;
}

/**
 * The view of the published updates: the latest update of every customer, bounded histories, rankings, segments, models. It has no
 * clock: time is a parameter. Applying a record twice changes nothing but the model's count. Memory: about 1 KB per customer.
 */
export class CustomerView {
  private readonly latest = new Map<string, ClvUpdate>();
  private readonly histories: RecentHistories;
  private readonly timeline = new ModelTimeline();
  private readonly rankings = new Map<CustomerOrder, Computed<readonly (readonly [string, number])[]>>();
  private segmentTable: Computed<readonly Segment[]> | null = null;
  private updateCount = 0;
  private newestAtMs: number | null = null;
  private newestAsOf: number | null = null;

  constructor(limits: HistoryLimits = DEFAULT_HISTORY_LIMITS) {
    this.histories = new RecentHistories(limits);
  }

  /** One record of clv-updates; `publishedAtMs` is its log time. */
  apply(update: ClvUpdate, publishedAtMs: number): void {
    this.newestAtMs = Math.max(this.newestAtMs ?? publishedAtMs, publishedAtMs);
    const before = this.latest.get(update.customerId);
    if (before !== undefined && isSameRecord(before, update)) return;
    this.updateCount += 1;
    this.newestAsOf = Math.max(this.newestAsOf ?? update.asOfS, update.asOfS);
    this.latest.set(update.customerId, update);
    this.histories.add(update);
    this.timeline.add(update, publishedAtMs);
  }

  /** Handles a tombstone: the customer was erased by the producer. */
  remove(customerId: string): void {
    this.latest.delete(customerId);
    this.histories.remove(customerId);
    this.rankings.clear();
  }

  modelAnnounced(announcement: ModelAnnouncement): void {
    this.timeline.announced(announcement);
  }

  get updates(): number {
    return this.updateCount;
  }

  get customers(): number {
    return this.latest.size;
  }

  get newestUpdateAtMs(): number | null {
    return this.newestAtMs;
  }

  get newestAsOfS(): number | null {
    return this.newestAsOf;
  }

  get modelVersion(): string | null {
    return this.timeline.current;
  }

  get modelSwaps(): number {
    return this.timeline.swaps;
  }

  /** The deployment's currency; null before the first update. */
  get currency(): string | null {
    for (const update of this.latest.values()) return update.currency;
    return null;
  }

  customer(customerId: string): ClvUpdate | null {
    return this.latest.get(customerId) ?? null;
  }

  history(customerId: string): CustomerHistory {
    return this.histories.of(customerId);
  }

  models(): readonly ModelSeen[] {
    return this.timeline.list();
  }

  /** The first `limit` customers. The order is computed at most once a second; the figures are always the latest. */
  ranked(order: CustomerOrder, limit: number, nowMs: number): readonly RankedCustomer[] {
    let computed = this.rankings.get(order);
    if (computed === undefined || isStale(computed, nowMs)) {
      computed = { atMs: nowMs, answer: highest(this.scores(order), MAX_RANKED) };
      this.rankings.set(order, computed);
    }
    return computed.answer.slice(0, limit).flatMap(([customerId]) => {
      const update = this.latest.get(customerId);
      return update === undefined ? [] : [this.withHistory(update)];
    });
  }

  /** Visits all customers. One customer more than the limit is looked for, which tells whether there is a next page. */
  page(query: CustomerListQuery & { readonly limit: number }): CustomerPage {
    const found = listed(this.latest.values(), { ...query, limit: query.limit + 1 });
    const shown = found.slice(0, query.limit);
    return {
      customers: shown.map((update) => this.withHistory(update)),
      next: found.length > shown.length ? placeOf(shown.at(-1)!, query.sort) : null,
    };
  }

  /** Updates are never changed in place, so the list stays as it is now. */
  select(query: CustomerListQuery): ClvUpdate[] {
    return listed(this.latest.values(), query);
  }

  private withHistory(update: ClvUpdate): RankedCustomer {
    const { customerId } = update;
    return { update, fall: this.histories.fall(customerId), trend: this.histories.trend(customerId, TREND_LENGTH) };
  }

  /** Every tier × stage, empty ones included. */
  segments(nowMs: number): readonly Segment[] {
    if (this.segmentTable === null || isStale(this.segmentTable, nowMs)) {
      this.segmentTable = { atMs: nowMs, answer: segmentsOf(this.latest.values()) };
    }
    return this.segmentTable.answer;
  }

  private *scores(order: CustomerOrder): Iterable<readonly [string, number]> {
    if (order === 'value') {
      for (const [customerId, update] of this.latest) yield [customerId, update.value];
    } else {
      for (const [customerId, fall] of this.histories.falls()) if (fall < 0) yield [customerId, -fall];
    }
  }
}

/** Updates by a tick share their source record between customers, but not within one customer. */
function isSameRecord(a: ClvUpdate, b: ClvUpdate): boolean {
  return (
    a.source.topic === b.source.topic &&
    a.source.partition === b.source.partition &&
    a.source.offset === b.source.offset &&
    a.asOfS === b.asOfS &&
    a.modelVersion === b.modelVersion &&
    a.value === b.value
  );
}

function isStale(computed: Computed<unknown>, nowMs: number): boolean {
  return nowMs - computed.atMs >= RECOMPUTE_AFTER_MS || nowMs < computed.atMs;
}

function segmentsOf(updates: Iterable<ClvUpdate>): Segment[] {
  const table = VALUE_TIERS.flatMap((tier) =>
    LIFECYCLE_STAGES.map((stage) => ({ tier, stage, customers: 0, value: 0 })),
  );
  const byName = new Map(table.map((segment) => [`${segment.tier} ${segment.stage}`, segment]));
  for (const { prediction, value } of updates) {
    const segment = byName.get(`${prediction.valueTier} ${prediction.lifecycleStage}`);
    if (segment === undefined) continue;
    segment.customers += 1;
    segment.value += value;
  }
  return table;
}
