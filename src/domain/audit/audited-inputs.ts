import type { Profile } from '../attributes';
import { type CustomerEvent, EVENT_KINDS, EVENT_TOPICS, type Tick, type TopicIndex } from '../event';

/** The offsets [start, end) of one topic. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

const NONE = -1;

/** One topic's events by position, about 48 bytes each. */
class EventColumns {
  readonly start: number;
  /** Index of the customer; −1 if the log holds no decodable record. */
  readonly customer: Int32Array;
  /** Position of the customer's next event to fold; −1 for none. */
  readonly next: Int32Array;
  readonly held: Uint8Array;
  readonly kind: Uint8Array;
  readonly stars: Uint8Array;
  readonly timeS: Float64Array;
  readonly amountMinor: Float64Array;
  readonly timestampMs: Float64Array;
  readonly items: Int32Array;
  readonly dwellS: Int32Array;
  /** By customer: the first and the newest position to fold. */
  readonly first: number[] = [];
  readonly last: number[] = [];

  constructor({ start, end }: OffsetRange) {
    const size = Math.max(0, end - start);
    this.start = start;
    this.customer = new Int32Array(size).fill(NONE);
    this.next = new Int32Array(size).fill(NONE);
    this.held = new Uint8Array(size);
    this.kind = new Uint8Array(size);
    this.stars = new Uint8Array(size);
    this.timeS = new Float64Array(size);
    this.amountMinor = new Float64Array(size);
    this.timestampMs = new Float64Array(size);
    this.items = new Int32Array(size);
    this.dwellS = new Int32Array(size);
  }
}

/**
 * The input topics of one partition, in typed arrays. Each topic is read once. A state can still be folded again in the order that the
 * updates name.
 */
export class AuditedInputs {
  private readonly columns: readonly EventColumns[];
  private readonly ids: string[] = [];
  private readonly indexOf = new Map<string, number>();
  private readonly ticks = new Map<number, Tick>();
  private readonly tickTimesS = new Set<number>();
  /** By customer, in offset order. */
  private readonly profiles = new Map<number, Profile[]>();
  private readonly setAside = new Set<string>();
  private readonly profileOwners = new Map<number, string>();
  private readonly refusedProfiles = new Set<number>();

  constructor(private readonly ranges: readonly OffsetRange[]) {
    this.columns = ranges.map((range, topic) =>
      EVENT_TOPICS.includes(topic) ? new EventColumns(range) : new EventColumns({ start: 0, end: 0 }),
    );
  }

  /** Adds a record that was read; `event` is null if it cannot be decoded. `folds`: it must be folded (no repeat, no dead letter). */
  addEvent(topic: TopicIndex, offset: number, timestampMs: number, event: CustomerEvent | null, folds: boolean): void {
    const columns = this.columns[topic]!;
    const at = offset - columns.start;
    if (at < 0 || at >= columns.held.length) return;
    columns.held[at] = 1;
    columns.timestampMs[at] = timestampMs;
    if (event === null) return;
    const customer = this.intern(event.customerId);
    columns.customer[at] = customer;
    columns.kind[at] = EVENT_KINDS.indexOf(event.kind);
    columns.stars[at] = event.stars;
    columns.timeS[at] = event.timeS;
    columns.amountMinor[at] = event.amountMinor;
    columns.items[at] = event.items;
    columns.dwellS[at] = event.dwellS;
    if (!folds) return;
    const before = columns.last[customer];
    if (before === undefined) columns.first[customer] = at;
    else columns.next[before] = at;
    columns.last[customer] = at;
  }

  addTick(offset: number, tick: Tick): void {
    this.ticks.set(offset, tick);
    this.tickTimesS.add(tick.asOfS);
  }

  addProfile(offset: number, event: CustomerEvent): void {
    const customer = this.intern(event.customerId);
    const profiles = this.profiles.get(customer) ?? [];
    profiles.push({ attributes: event.attributes ?? null, offset });
    this.profiles.set(customer, profiles);
    this.profileOwners.set(offset, event.customerId);
  }

  /** Records that the scorer wrote a dead letter for a decodable event of this customer. */
  addSetAside(customerId: string): void {
    this.setAside.add(customerId);
  }

  wasSetAside(customerId: string): boolean {
    return this.setAside.has(customerId);
  }

  range(topic: TopicIndex): OffsetRange {
    return this.ranges[topic]!;
  }

  tick(offset: number): Tick | undefined {
    return this.ticks.get(offset);
  }

  isTickTime(timeS: number): boolean {
    return this.tickTimesS.has(timeS);
  }

  profilesOf(customerId: string): readonly Profile[] {
    return this.profiles.get(this.indexOf.get(customerId) ?? NONE) ?? [];
  }

  /** False if compaction or retention may have removed profile records. Then the profile in force may be missing. */
  profilesAreWhole(topic: TopicIndex): boolean {
    const { start, end } = this.ranges[topic]!;
    return start === 0 && this.profileOwners.size + this.refusedProfiles.size === end;
  }

  /** Adds a record of the customers topic that cannot be decoded. */
  addRefusedProfile(offset: number): void {
    this.refusedProfiles.add(offset);
  }

  isRefusedProfile(offset: number): boolean {
    return this.refusedProfiles.has(offset);
  }

  profileOwner(offset: number): string | null {
    return this.profileOwners.get(offset) ?? null;
  }

  /** The customer of the event at a position; null if the log holds no decodable one. */
  customerAt(topic: TopicIndex, offset: number): string | null {
    const columns = this.columns[topic]!;
    const customer = columns.customer[offset - columns.start];
    return customer === undefined || customer === NONE ? null : this.ids[customer]!;
  }

  /** Offset of the customer's next event to fold after `offset`, or of the first one if `offset` is null. null for none. */
  nextOffset(topic: TopicIndex, customerId: string, offset: number | null): number | null {
    const columns = this.columns[topic]!;
    const customer = this.indexOf.get(customerId);
    if (customer === undefined) return null;
    const at = offset === null ? columns.first[customer] : columns.next[offset - columns.start];
    return at === undefined || at === NONE ? null : columns.start + at;
  }

  /** The event at a position that {@link nextOffset} returned. Its id is left out, because repeats were removed before. */
  event(topic: TopicIndex, offset: number): CustomerEvent {
    const columns = this.columns[topic]!;
    const at = offset - columns.start;
    return {
      kind: EVENT_KINDS[columns.kind[at]!]!,
      customerId: this.ids[columns.customer[at]!]!,
      eventId: '',
      timeS: columns.timeS[at]!,
      amountMinor: columns.amountMinor[at]!,
      items: columns.items[at]!,
      dwellS: columns.dwellS[at]!,
      stars: columns.stars[at]!,
    };
  }

  /** Visits every record of a topic in offset order. */
  forEach(topic: TopicIndex, visit: (offset: number, customerId: string | null, timestampMs: number) => void): void {
    const { start, held, timestampMs } = this.columns[topic]!;
    for (let at = 0; at < held.length; at++) {
      if (held[at] === 1) visit(start + at, this.customerAt(topic, start + at), timestampMs[at]!);
    }
  }

  private intern(customerId: string): number {
    let index = this.indexOf.get(customerId);
    if (index === undefined) {
      index = this.ids.length;
      this.ids.push(customerId);
      this.indexOf.set(customerId, index);
    }
    return index;
  }
}
