import { ATTRIBUTES, type CustomerAttributes } from '../domain/attributes';
import { type CustomerEvent, EVENT_KINDS, INPUT_ROLES } from '../domain/event';
import { INTERVALS } from '../domain/label-intervals';
import type { DistinctState } from '../domain/labels/distinct-customers';
import type { LabelChanges, LabelCounters, PendingEvent } from '../domain/labels/label-progress';
import type { LabelReport } from '../domain/labels/label-slice';
import type { IntervalTally, Origin } from '../domain/labels/origins';
import type { TopicPace } from '../domain/labels/time-front';
import type { TopicProgress } from '../domain/labels/watermark';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS, type StoredScore } from '../domain/prequential/judged-score';
import { ORDER_SEGMENTS } from '../domain/state/order-segments';
import { ByteReader, ByteWriter } from './byte-cursor';

/*
 * Values of the records in the examples topic, one per thing that the labels store. Numbers as in byte-cursor.ts, `?` is one byte 0 or 1
 * before a value that may be absent.
 *
 *   row      = 1(byte) body
 *   origin   = segment(byte) score? snapshot(blob)
 *   score    = modelVersion(text) ratePerDay scaleDays shape dispersion erlangShape? orderValueMinor logSpendSigma      -- f64 each
 *   tally    = orders × 9 valuedOrders × 9 orderedMinor × 9 returnedMinor × 9 trainedIntervals(byte) judged(byte) sampled(byte) endedAt?
 *   event    = turn(f64) kind(byte) customer(text) id(text) time amountMinor items dwellS stars attributes? [stated]
 *              -- the stated time stands at the end, and only if the event has one
 *   judged   = at(signed) modelVersion(text) segment(byte) orders dispersion erlangShape? spendMinor logSpendSigma orders spendMinor
 *   day      = clock(f64) readUntil(f64) topics × 6 { nextOffset latest(signed) pace? } events tooLate opened capped completed judged × 4
 *   pace     = newest(signed) perDay(f64) days distinct recent{ customer at(signed) } bucketDays buckets{ index(signed) distinct }
 *              jumps{ from(signed) until(signed) }                        -- braces: a count, then so many
 *   distinct = level hashes{ hash }
 *   report   = first? readUntil(f64)
 */
const VERSION = 1;
/** Version 2 of a day has the topics' paces. */
const DAY_VERSION = 2;
const writer = new ByteWriter(4096);

export type OriginRow = Pick<Origin, 'segment' | 'score' | 'snapshot'>;
export type EventRow = Pick<PendingEvent, 'turnS' | 'event'>;
export type JudgedRow = Omit<JudgedScore, 'horizon' | 'sequence'>;
export type DayRow = Pick<LabelChanges, 'clockS' | 'topics' | 'counters'> & { readonly readUntilS: number };

function row(fill: (w: ByteWriter) => void, version = VERSION): Uint8Array {
  return writer.write((w) => {
    w.byte(version);
    fill(w);
  });
}

/** Throws RangeError for bytes that no writer of this version has written. */
function opened<T>(bytes: Uint8Array, read: (r: ByteReader, version: number) => T, newest = VERSION): T {
  const r = new ByteReader(bytes);
  const version = r.byte();
  if (version < VERSION || version > newest)
    throw new RangeError(
      `version ${version}, this program reads ${newest === VERSION ? '' : `${VERSION} to `}${newest}`,
    );
  const value = read(r, version);
  r.end();
  return value;
}

const optional = <T>(w: ByteWriter, value: T | null | undefined, write: (value: T) => void): void => {
  w.byte(value === null || value === undefined ? 0 : 1);
  if (value !== null && value !== undefined) write(value);
};
const readOptional = <T>(r: ByteReader, read: () => T): T | null => (r.code(2, 'flag') === 0 ? null : read());
const readMany = (count: number, read: () => number): number[] => Array.from({ length: count }, read);

export function encodeOrigin({ segment, score, snapshot }: OriginRow): Uint8Array {
  return row((w) => {
    w.byte(segment);
    optional(w, score, (stored) => writeScore(w, stored));
    w.blob(snapshot);
  });
}

export function decodeOrigin(bytes: Uint8Array): OriginRow {
  return opened(bytes, (r) => ({
    segment: r.code(ORDER_SEGMENTS.length, 'segment'),
    score: readOptional(r, () => readScore(r)),
    snapshot: Uint8Array.from(r.blob()),
  }));
}

function writeScore(w: ByteWriter, { modelVersion, outputs }: StoredScore): void {
  const { curve, dispersion, erlangShape, orderValueMinor, logSpendSigma } = outputs;
  w.text(modelVersion);
  for (const number of [curve.ratePerDay, curve.scaleDays, curve.shape, dispersion]) w.float64(number);
  optional(w, erlangShape, (shape) => w.float64(shape));
  w.float64(orderValueMinor);
  w.float64(logSpendSigma);
}

function readScore(r: ByteReader): StoredScore {
  const modelVersion = r.text();
  const curve = { ratePerDay: r.float64(), scaleDays: r.float64(), shape: r.float64() };
  const dispersion = r.float64();
  const erlangShape = readOptional(r, () => r.float64());
  const rest = { orderValueMinor: r.float64(), logSpendSigma: r.float64() };
  return { modelVersion, outputs: { curve, dispersion, ...ofShape(erlangShape), ...rest } };
}

const ofShape = (erlangShape: number | null) => (erlangShape === null ? {} : { erlangShape });

export function encodeTally(tally: IntervalTally): Uint8Array {
  return row((w) => {
    for (const counts of [tally.orders, tally.valuedOrders, tally.orderedMinor, tally.returnedMinor])
      for (const count of counts) w.varint(count);
    w.byte(tally.trainedIntervals);
    w.byte(tally.judged);
    w.byte(tally.sampled ? 1 : 0);
    optional(w, tally.endedAtS, (atS) => w.signedVarint(atS));
  });
}

export function decodeTally(bytes: Uint8Array): IntervalTally {
  return opened(bytes, (r) => {
    const counts = () => readMany(INTERVALS, () => r.varint());
    return {
      ...{ orders: counts(), valuedOrders: counts(), orderedMinor: counts(), returnedMinor: counts() },
      trainedIntervals: r.code(INTERVALS + 1, 'trained intervals'),
      judged: r.code(PREQUENTIAL_HORIZONS_DAYS.length + 1, 'judged horizons'),
      sampled: r.code(2, 'flag') === 1,
      endedAtS: readOptional(r, () => r.signedVarint()),
    };
  });
}

export function encodeEvent({ turnS, event }: EventRow): Uint8Array {
  return row((w) => {
    w.float64(turnS);
    w.byte(EVENT_KINDS.indexOf(event.kind));
    w.text(event.customerId);
    w.text(event.eventId);
    w.signedVarint(event.timeS);
    for (const count of [event.amountMinor, event.items, event.dwellS, event.stars]) w.varint(count);
    optional(w, event.attributes, (attributes) => {
      for (const name of ATTRIBUTES) optional(w, attributes[name], (value) => w.text(value));
    });
    if (event.statedS !== undefined) w.signedVarint(event.statedS);
  });
}

export function decodeEvent(bytes: Uint8Array): EventRow {
  return opened(bytes, (r) => {
    const turnS = r.float64();
    const kind = EVENT_KINDS[r.code(EVENT_KINDS.length, 'kind')]!;
    const ids = { customerId: r.text(), eventId: r.text(), timeS: r.signedVarint() };
    const counts = { amountMinor: r.varint(), items: r.varint(), dwellS: r.varint(), stars: r.varint() };
    const attributes = readOptional(
      r,
      () => Object.fromEntries(ATTRIBUTES.map((name) => [name, readOptional(r, () => r.text())])) as CustomerAttributes,
    );
    const stated = r.left > 0 ? { statedS: r.signedVarint() } : {};
    const event: CustomerEvent = {
      ...{ kind, ...ids, ...counts, ...stated },
      ...(attributes === null ? {} : { attributes }),
    };
    return { turnS, event };
  });
}

export function encodeJudged({ atS, modelVersion, segment, predicted, actual }: JudgedRow): Uint8Array {
  return row((w) => {
    w.signedVarint(atS);
    w.text(modelVersion);
    w.byte(segment);
    w.float64(predicted.orders);
    w.float64(predicted.dispersion);
    optional(w, predicted.erlangShape, (shape) => w.float64(shape));
    w.float64(predicted.spendMinor);
    w.float64(predicted.logSpendSigma);
    w.varint(actual.orders);
    w.varint(actual.spendMinor);
  });
}

export function decodeJudged(bytes: Uint8Array): JudgedRow {
  return opened(bytes, (r) => {
    const asked = { atS: r.signedVarint(), modelVersion: r.text(), segment: r.code(ORDER_SEGMENTS.length, 'segment') };
    const [orders, dispersion] = [r.float64(), r.float64()];
    const erlangShape = readOptional(r, () => r.float64());
    const [spendMinor, logSpendSigma] = [r.float64(), r.float64()];
    const predicted = { orders, dispersion, ...ofShape(erlangShape), spendMinor, logSpendSigma };
    return { ...asked, predicted, actual: { orders: r.varint(), spendMinor: r.varint() } };
  });
}

export function encodeDay({ clockS, readUntilS, topics, counters }: DayRow): Uint8Array {
  return row((w) => {
    w.float64(clockS);
    w.float64(readUntilS);
    for (const { nextOffset, latestS, pace } of topics) {
      w.varint(nextOffset);
      w.signedVarint(latestS);
      optional(w, pace, (of) => writePace(w, of));
    }
    const { events, tooLate, opened: asked, capped, completed, judged } = counters;
    for (const count of [events, tooLate, asked, capped, completed, ...judged]) w.varint(count);
  }, DAY_VERSION);
}

export function decodeDay(bytes: Uint8Array): DayRow {
  const read = (r: ByteReader, version: number): DayRow => {
    const [clockS, readUntilS] = [r.float64(), r.float64()];
    const topics = INPUT_ROLES.map((): TopicProgress => {
      const at = { nextOffset: r.varint(), latestS: r.signedVarint() };
      return { ...at, pace: version === VERSION ? null : readOptional(r, () => readPace(r)) };
    });
    const counters: LabelCounters = {
      ...{ events: r.varint(), tooLate: r.varint(), opened: r.varint(), capped: r.varint(), completed: r.varint() },
      judged: readMany(PREQUENTIAL_HORIZONS_DAYS.length, () => r.varint()),
    };
    return { clockS, readUntilS, topics, counters };
  };
  return opened(bytes, read, DAY_VERSION);
}

function writePace(w: ByteWriter, pace: TopicPace): void {
  const { newestS, perDay, days, today, recent, jumps } = pace;
  const many = <T>(values: readonly T[], write: (value: T) => void) => {
    w.varint(values.length);
    values.forEach(write);
  };
  const distinct = ({ level, hashes }: DistinctState) => {
    w.varint(level);
    many(hashes, (hash) => w.varint(hash));
  };
  w.signedVarint(newestS);
  w.float64(perDay);
  w.varint(days);
  distinct(today);
  many(recent, ({ customer, timeS }) => {
    w.varint(customer);
    w.signedVarint(timeS);
  });
  const evidence = ({ bucketDays, buckets }: TopicPace['ahead']) => {
    w.varint(bucketDays);
    many(buckets, ({ index, ...heard }) => {
      w.signedVarint(index);
      distinct(heard);
    });
  };
  evidence(pace.ahead);
  many(jumps, ({ fromS, untilS }) => {
    w.signedVarint(fromS);
    w.signedVarint(untilS);
  });
  optional(w, pace.backfill, ({ untilS, lastS, live }) => {
    w.signedVarint(untilS);
    w.signedVarint(lastS);
    evidence(live);
  });
}

function readPace(r: ByteReader): TopicPace {
  // A count that bytes do not bear out ends at their end.
  const many = <T>(read: () => T): T[] => {
    const values: T[] = [];
    for (let left = r.varint(); left > 0; left--) values.push(read());
    return values;
  };
  const distinct = (): DistinctState => ({ level: r.varint(), hashes: many(() => r.varint()) });
  const evidence = () => ({
    bucketDays: r.varint(),
    buckets: many(() => ({ index: r.signedVarint(), ...distinct() })),
  });
  return {
    ...{ newestS: r.signedVarint(), perDay: r.float64(), days: r.varint(), today: distinct() },
    recent: many(() => ({ customer: r.varint(), timeS: r.signedVarint() })),
    ahead: evidence(),
    jumps: many(() => ({ fromS: r.signedVarint(), untilS: r.signedVarint() })),
    backfill: readOptional(r, () => ({ untilS: r.signedVarint(), lastS: r.signedVarint(), live: evidence() })),
  };
}

export function encodeReport({ firstS, readUntilS }: LabelReport): Uint8Array {
  return row((w) => {
    optional(w, firstS, (atS) => w.float64(atS));
    w.float64(readUntilS);
  });
}

export function decodeReport(bytes: Uint8Array): LabelReport {
  return opened(bytes, (r) => ({ firstS: readOptional(r, () => r.float64()), readUntilS: r.float64() }));
}
