import type { CustomerEvent, SourcePosition } from '../../src/domain/event';

/**
 * A slow reference fold of one customer, computed from the lists of all events: no running sums, no in-place moves, and no code shared with
 * src/domain. The fast fold is compared with it.
 */
export interface PlainEvent {
  readonly event: CustomerEvent;
  readonly position: SourcePosition;
}

const KINDS = ['order', 'refund', 'cancel', 'click', 'browse', 'review', 'profile'];
const BUCKET_S = 15 * 60;
const DAY_S = 24 * 60 * 60;
const REMEMBERED = 8;

const timeOf = ({ event }: PlainEvent): number => event.timeS;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, next) => total + next, 0);

/** Sorts by event time, then topic, then offset. It applies the least significant key first, because sorting is stable. */
function inOrder(events: readonly PlainEvent[]): PlainEvent[] {
  return [...events]
    .sort((a, b) => a.position.offset - b.position.offset)
    .sort((a, b) => a.position.topic - b.position.topic)
    .sort((a, b) => a.event.timeS - b.event.timeS);
}

const bucketOf = (event: PlainEvent): number => (timeOf(event) - (timeOf(event) % BUCKET_S)) / BUCKET_S;
const isBurstKind = ({ event }: PlainEvent): boolean => ['click', 'browse'].includes(event.kind);
const sameKind = (a: PlainEvent) => (b: PlainEvent) => a.event.kind === b.event.kind;

/** Pairs kept orders with their returns. Returns in `settled` are not paired again. */
function pairsAmong(kept: readonly PlainEvent[], settled: ReadonlySet<PlainEvent>): Map<PlainEvent, PlainEvent> {
  const pairs = new Map<PlainEvent, PlainEvent>();
  for (const [i, back] of kept.entries()) {
    const cancels = back.event.kind === 'cancel';
    if ((!cancels && back.event.kind !== 'refund') || settled.has(back) || back.event.amountMinor === 0) continue;
    const fits = kept.slice(0, i).filter((order) => {
      const soon = timeOf(back) - timeOf(order) <= DAY_S;
      const same = order.event.amountMinor === back.event.amountMinor;
      return order.event.kind === 'order' && same && (cancels || soon) && !pairs.has(order);
    });
    const nearest = fits.pop();
    if (nearest === undefined) continue;
    pairs.set(nearest, back);
    pairs.set(back, nearest);
  }
  return pairs;
}

/** murmur3's finaliser over the chain, with integers that can't overflow. */
export function plainChainHash(hash: number, offset: number): number {
  const word = (x: bigint) => x & 0xffffffffn;
  const wide = BigInt(offset);
  let x = word(BigInt(hash) * 31n) ^ word(wide) ^ word((wide >> 32n) * 0x9e3779b1n);
  x = word((x ^ (x >> 16n)) * 0x85ebca6bn);
  x = word((x ^ (x >> 13n)) * 0xc2b2ae35n);
  return Number(x ^ (x >> 16n));
}

export class PlainFold {
  /** All folded events in the order of arrival, without repeats and profiles. */
  readonly folded: PlainEvent[] = [];
  private readonly seen: PlainEvent[] = [];
  private kept: PlainEvent[] = [];
  private readonly dropped: PlainEvent[] = [];
  /** Refunds that voided an order and were dropped from the window. */
  private readonly droppedVoidings: PlainEvent[] = [];
  private readonly settled = new Set<PlainEvent>();
  private pairs = new Map<PlainEvent, PlainEvent>();

  constructor(private readonly n: number) {}

  fold(one: PlainEvent): { window: string; step: string; voided: number } {
    const nothing = { step: 'none', voided: 0 };
    if (one.event.kind === 'profile') {
      this.seen.push(one);
      return { window: 'aside', ...nothing };
    }
    if (this.isRepeat(one)) return { window: 'repeated', ...nothing };
    this.seen.push(one);
    this.folded.push(one);
    const before = this.voidings().length;
    const marksBefore = new Map(this.kept.map((event) => [event, this.markOf(event)]));
    const outcome = this.put(one);
    this.pairs = pairsAmong(this.kept, this.settled);
    const marked = this.kept.some((event) => this.markOf(event) !== (marksBefore.get(event) ?? 0));
    const moved = this.kept.length === 2 * this.n;
    if (moved) this.drop();
    const again = moved || marked || outcome === 'inserted';
    const step = again ? 'replay' : outcome === 'appended' ? 'on' : 'none';
    return { window: outcome, step, voided: Math.max(0, this.voidings().length - before) };
  }

  /** Counts and hashes by topic. */
  counts(topics: number): { count: number; hash: number }[] {
    return Array.from({ length: topics }, (_, topic) => {
      const offsets = this.folded.map(({ position }) => position).filter((position) => position.topic === topic);
      return { count: offsets.length, hash: offsets.reduce((hash, { offset }) => plainChainHash(hash, offset), 0) };
    });
  }

  profile() {
    const profiles = this.seen.filter(({ event }) => event.kind === 'profile');
    const newest = Math.max(...profiles.map(({ position }) => position.offset));
    const last = profiles.find(({ position }) => position.offset === newest);
    return last === undefined ? null : { attributes: last.event.attributes ?? null, offset: newest };
  }

  /** The events in the form in which the window keeps them. */
  events() {
    return this.kept.map((one) => {
      const { timeS, amountMinor, items, dwellS, stars, kind } = one.event;
      const { topic, offset } = one.position;
      const fields = { timeS, topic, offset, kind: KINDS.indexOf(kind), amountMinor, items, dwellS, stars };
      return { ...fields, voided: this.markOf(one) };
    });
  }

  start() {
    const ordered = inOrder(this.dropped);
    const last = ordered.at(-1);
    const newest = (kind: string) => ordered.filter(({ event }) => event.kind === kind).at(-1);
    const bucket = (kind: string) => {
      const event = newest(kind);
      return event === undefined ? -1 : bucketOf(event);
    };
    return {
      firstSeenS: ordered[0]?.event.timeS ?? -1,
      lastOrderS: newest('order')?.event.timeS ?? -1,
      timeS: last?.event.timeS ?? -1,
      topic: last?.position.topic ?? -1,
      offset: last?.position.offset ?? -1,
      clickBucket: bucket('click'),
      browseBucket: bucket('browse'),
      voided: this.droppedVoidings.length,
      voidedMinor: sum(this.droppedVoidings.map(({ event }) => event.amountMinor)),
    };
  }

  /** Without the decayed counts, which are not integers. */
  summary() {
    const times = this.folded.map(timeOf).sort((a, b) => a - b);
    const of = (kind: string) => this.folded.map(({ event }) => event).filter((event) => event.kind === kind);
    const [placed, refunds, cancelled] = [of('order'), of('refund'), of('cancel')];
    const [browses, reviews] = [of('browse'), of('review')];
    const money = (events: readonly CustomerEvent[]) => sum(events.map(({ amountMinor }) => amountMinor));
    const worth = (events: readonly CustomerEvent[]) => events.filter(({ amountMinor }) => amountMinor > 0).length;
    const orderTimes = placed.map(({ timeS }) => timeS).sort((a, b) => a - b);
    return {
      firstSeenS: times[0] ?? -1,
      lastSeenS: times.at(-1) ?? -1,
      placed: placed.length,
      cancelled: cancelled.length,
      cancelledValued: worth(cancelled),
      cancelledMinor: money(cancelled),
      refunds: refunds.length,
      valued: worth(placed),
      firstOrderS: orderTimes[0] ?? -1,
      lastOrderS: orderTimes.at(-1) ?? -1,
      placedMinor: money(placed),
      returnedMinor: money(refunds) + money(cancelled),
      voided: this.voidings().length,
      voidedMinor: sum(this.voidings().map(({ event }) => event.amountMinor)),
      clicks: of('click').length,
      browses: browses.length,
      timedBrowses: browses.filter(({ dwellS }) => dwellS > 0).length,
      dwellS: sum(browses.map(({ dwellS }) => (dwellS > 3_600 ? 3_600 : dwellS))),
      reviews: reviews.length,
      starred: reviews.filter(({ stars }) => stars > 0).length,
      stars: sum(reviews.map(({ stars }) => stars)),
    };
  }

  /** Clicks, then browses. Each count halves every 1, 7, 30 and 90 days, up to the latest event. */
  decayed(): number[] {
    const asOfS = Math.max(...this.folded.map(timeOf));
    return ['click', 'browse'].flatMap((kind) =>
      [1, 7, 30, 90].map((days) =>
        sum(
          this.folded
            .filter(({ event }) => event.kind === kind)
            .map((one) => 0.5 ** ((asOfS - timeOf(one)) / DAY_S / days)),
        ),
      ),
    );
  }

  private isRepeat({ event, position }: PlainEvent): boolean {
    const ofTopic = this.folded.filter((earlier) => earlier.position.topic === position.topic);
    return ofTopic
      .slice(-REMEMBERED)
      .some(
        ({ event: earlier }) =>
          earlier.eventId === event.eventId && earlier.kind === event.kind && earlier.timeS === event.timeS,
      );
  }

  private put(one: PlainEvent): string {
    const newestDropped = inOrder(this.dropped).at(-1);
    if (newestDropped !== undefined && inOrder([one, newestDropped])[0] === one) return 'too-late';
    if (isBurstKind(one)) {
      if (this.dropped.filter(sameKind(one)).some((event) => bucketOf(event) >= bucketOf(one))) return 'coalesced';
      const twin = this.kept.filter(sameKind(one)).find((event) => bucketOf(event) === bucketOf(one));
      if (twin !== undefined && inOrder([one, twin])[0] === twin) return 'coalesced';
      if (twin !== undefined) {
        this.kept = inOrder([...this.kept.filter((event) => event !== twin), one]);
        return 'inserted';
      }
    }
    this.kept = inOrder([...this.kept, one]);
    return this.kept.at(-1) === one ? 'appended' : 'inserted';
  }

  private drop(): void {
    const [oldest, rest] = [this.kept.slice(0, this.n), this.kept.slice(this.n)];
    for (const event of oldest) if (this.voids(event)) this.droppedVoidings.push(event);
    for (const event of rest) if (oldest.includes(this.pairs.get(event)!)) this.settled.add(event);
    this.dropped.push(...oldest);
    this.kept = rest;
    this.pairs = pairsAmong(this.kept, this.settled);
  }

  private markOf(event: PlainEvent): number {
    if (this.settled.has(event)) return 2;
    return this.pairs.has(event) ? 1 : 0;
  }

  private voids(event: PlainEvent): boolean {
    return event.event.kind === 'refund' && this.markOf(event) !== 0;
  }

  private voidings(): PlainEvent[] {
    return [...this.droppedVoidings, ...this.kept.filter((event) => this.voids(event))];
  }
}
