import type { LabelChanges, PendingEvent } from '../domain/labels/label-progress';
import type { LabelReport, LabelSlice } from '../domain/labels/label-slice';
import { compareOrigins, type IntervalTally, type Origin, type OriginKey } from '../domain/labels/origins';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS } from '../domain/prequential/judged-score';
import {
  type DayRow,
  decodeDay,
  decodeEvent,
  decodeJudged,
  decodeOrigin,
  decodeReport,
  decodeTally,
  encodeDay,
  encodeEvent,
  encodeJudged,
  encodeOrigin,
  encodeReport,
  encodeTally,
  type OriginRow,
} from './label-rows';

/*
 * A partition of the examples topic is the changelog of the labels of that partition. Keys are text; a record without a value deletes.
 *
 *   state/CUSTOMER             state blob
 *   origin/AT/CUSTOMER         written once
 *   tally/AT/CUSTOMER          written at every change
 *   event/TOPIC/OFFSET         an event that was read and waits for its turn
 *   judged/HORIZON/SEQUENCE    written once
 *   day                        closes a slice
 *   report                     belongs to no slice
 */
const DAY = 'day';
const REPORT = 'report';

export interface KeyedRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** A record of the examples topic that this program can't read. */
export class LabelRecordError extends Error {
  readonly code = 'label-record';
  override readonly name = 'LabelRecordError';
}

const text = { encode: new TextEncoder(), decode: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) };
const originKey = ({ atS, customerId }: OriginKey): string => `${atS}/${customerId}`;

/** In a fixed order, the closing record last. Equal slices give equal bytes. */
export function encodeSlice({ changes, readUntilS }: LabelSlice): KeyedRecord[] {
  const records: KeyedRecord[] = [];
  const put = (key: string, value: Uint8Array | null) => records.push({ key: text.encode.encode(key), value });
  const byOffset = (a: Pick<PendingEvent, 'topic' | 'offset'>, b: typeof a) => a.topic - b.topic || a.offset - b.offset;
  const bySequence = (a: Pick<JudgedScore, 'horizon' | 'sequence'>, b: typeof a) =>
    a.horizon - b.horizon || a.sequence - b.sequence;
  for (const [customerId, state] of [...changes.states].sort(([a], [b]) => (a < b ? -1 : 1)))
    put(`state/${customerId}`, state);
  for (const { topic, offset } of [...changes.pendingTaken].sort(byOffset)) put(`event/${topic}/${offset}`, null);
  for (const waiting of [...changes.pendingAdded].sort(byOffset))
    put(`event/${waiting.topic}/${waiting.offset}`, encodeEvent(waiting));
  for (const dropped of [...changes.originsDropped].sort(compareOrigins)) {
    put(`origin/${originKey(dropped)}`, null);
    put(`tally/${originKey(dropped)}`, null);
  }
  for (const origin of [...changes.originsOpened].sort(compareOrigins))
    put(`origin/${originKey(origin)}`, encodeOrigin(origin));
  for (const touched of [...changes.originsTouched].sort(compareOrigins))
    put(`tally/${originKey(touched)}`, encodeTally(touched.tally));
  for (const { horizon, sequence } of [...changes.scoresForgotten].sort(bySequence))
    put(`judged/${horizon}/${sequence}`, null);
  for (const score of [...changes.scoresJudged].sort(bySequence))
    put(`judged/${score.horizon}/${score.sequence}`, encodeJudged(score));
  put(DAY, encodeDay({ ...changes, readUntilS }));
  return records;
}

/** The bytes of the closing record that labels at this point would have. Two copies of the labels of a day have the same. */
export function closingOf(day: DayRow): Uint8Array {
  return encodeDay(day);
}

/** The closing record or the report in a record; null for any other. Throws {@link LabelRecordError} only. */
export function decodeClosing(
  partition: number,
  record: KeyedRecord,
): { day: DayRow } | { report: LabelReport } | null {
  const { key, value } = record;
  if (key === null || value === null) return null;
  return readable(partition, key, (name) =>
    name === DAY ? { day: decodeDay(value) } : name === REPORT ? { report: decodeReport(value) } : null,
  );
}

export function encodeLabelReport(report: LabelReport): KeyedRecord {
  return { key: text.encode.encode(REPORT), value: encodeReport(report) };
}

/** What a record completes: a slice, or a report, or nothing. */
export type LabelEntry = { readonly slice: LabelSlice } | { readonly report: LabelReport } | null;

/**
 * Reads the records of one partition in the order of the log, and returns each slice when its closing record is read.
 *
 * From the beginning of the log, read `merging`. Compaction may have removed a row of an earlier slice because a later slice has it too. So
 * only the sum of all slices is complete, which {@link merged} returns.
 */
export class SliceReader {
  /** Since the last closing record. */
  private rows = emptyRows();
  private hasClosed = false;
  /** While merging: all closed rows, and the last closing record. */
  private closed: { rows: ReturnType<typeof emptyRows>; day: DayRow | null } | null;

  constructor(
    private readonly partition: number,
    { merging = false } = {},
  ) {
    this.closed = merging ? { rows: emptyRows(), day: null } : null;
  }

  /** Throws {@link LabelRecordError} only. */
  take({ key, value }: KeyedRecord): LabelEntry {
    this.hasClosed = false;
    return readable(this.partition, key, (name) => {
      if (name === DAY) return value === null ? null : this.close(decodeDay(value));
      if (name === REPORT) return value === null ? null : { report: decodeReport(value) };
      this.put(name, value);
      return null;
    });
  }

  /** True if the last record that was taken has closed a slice. */
  get endsHere(): boolean {
    return this.hasClosed;
  }

  /**
   * All slices read so far as one; null if none was closed. Later slices are returned one by one. Throws {@link LabelRecordError} if the
   * log has lost its beginning.
   */
  merged(): LabelSlice | null {
    const { closed } = this;
    this.closed = null;
    if (closed === null || closed.day === null) return null;
    this.refuseLoss(closed.rows);
    return this.slice(closed.rows, closed.day);
  }

  /** Compaction removes a question and its tally together. A tally alone is left if the log deletes what is old. */
  private refuseLoss({ origins, tallies }: ReturnType<typeof emptyRows>): void {
    for (const [key, { tally }] of tallies) {
      if (tally === null || (origins.get(`origin/${key}`)?.row ?? null) !== null) continue;
      throw new LabelRecordError(
        `partition ${this.partition} of the examples topic has lost its beginning: there is a tally of ${key}, but not the question. The topic must have cleanup.policy=compact alone (clv-stream setup checks it); then start anew`,
      );
    }
  }

  private close(day: DayRow): LabelEntry {
    const { rows } = this;
    this.rows = emptyRows();
    this.hasClosed = true;
    if (this.closed === null) return { slice: this.slice(rows, day) };
    this.closed.day = day;
    for (const kind of ['states', 'events', 'origins', 'tallies', 'judged'] as const)
      for (const [key, row] of rows[kind]) (this.closed.rows[kind] as Map<string, typeof row>).set(key, row);
    return null;
  }

  private put(name: string, value: Uint8Array | null): void {
    const [kind, first, ...others] = name.split('/') as [string, ...string[]];
    const rest = others.join('/');
    const { rows } = this;
    if (kind === 'state') {
      if (value !== null) rows.states.set([first, ...others].join('/'), value);
    } else if (kind === 'origin') {
      const at = { atS: whole(first), customerId: rest };
      rows.origins.set(name, { ...at, row: value === null ? null : decodeOrigin(value) });
    } else if (kind === 'tally') {
      const at = { atS: whole(first), customerId: rest };
      rows.tallies.set(originKey(at), { ...at, tally: value === null ? null : decodeTally(value) });
    } else if (kind === 'event') {
      const at = { topic: whole(first), offset: whole(rest) };
      rows.events.set(name, { ...at, row: value === null ? null : decodeEvent(value) });
    } else if (kind === 'judged') {
      const at = { horizon: whole(first), sequence: whole(rest) };
      if (at.horizon >= PREQUENTIAL_HORIZONS_DAYS.length) throw new RangeError(`horizon ${at.horizon}`);
      rows.judged.set(name, { ...at, row: value === null ? null : decodeJudged(value) });
    } else throw new RangeError('a key of another program');
  }

  private slice(rows: ReturnType<typeof emptyRows>, { readUntilS, ...day }: DayRow): LabelSlice {
    const { states, events, origins, tallies, judged } = rows;
    const tallyOf = (key: OriginKey): IntervalTally => {
      const tally = tallies.get(originKey(key))?.tally ?? null;
      if (tally === null) throw new RangeError(`origin ${originKey(key)} has no tally`);
      return tally;
    };
    const ofKey = ({ atS, customerId }: OriginKey) => ({ customerId, atS });
    const changes: LabelChanges = {
      partition: this.partition,
      ...day,
      states,
      // What lies at or above the position is read again.
      pendingAdded: [...events.values()].flatMap(({ topic, offset, row }) =>
        row !== null && offset < (day.topics[topic]?.nextOffset ?? 0) ? [{ topic, offset, ...row }] : [],
      ),
      pendingTaken: [...events.values()].filter(({ row }) => row === null),
      originsOpened: [...origins.values()].flatMap((at): Origin[] =>
        at.row === null ? [] : [{ ...ofKey(at), ...at.row, tally: tallyOf(at) }],
      ),
      originsTouched: [...tallies.values()].flatMap((at) =>
        at.tally === null ? [] : [{ ...ofKey(at), tally: at.tally }],
      ),
      originsDropped: [...origins.values()].filter(({ row }) => row === null).map(ofKey),
      scoresJudged: [...judged.values()].flatMap(({ horizon, sequence, row }) =>
        row === null ? [] : [{ horizon, sequence, ...row }],
      ),
      scoresForgotten: [...judged.values()].filter(({ row }) => row === null),
    };
    return { changes, readUntilS };
  }
}

function readable<T>(partition: number, key: Uint8Array | null, read: (name: string) => T): T {
  let name = '';
  try {
    if (key === null) throw new RangeError('no key');
    name = text.decode.decode(key);
    return read(name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabelRecordError(`record "${name}" of partition ${partition} can't be read: ${reason}`, { cause: error });
  }
}

/** A later row of the same key replaces the earlier one. */
function emptyRows() {
  return {
    states: new Map<string, Uint8Array>(),
    events: new Map<string, { topic: number; offset: number; row: ReturnType<typeof decodeEvent> | null }>(),
    origins: new Map<string, OriginKey & { row: OriginRow | null }>(),
    tallies: new Map<string, OriginKey & { tally: IntervalTally | null }>(),
    judged: new Map<string, { horizon: number; sequence: number; row: ReturnType<typeof decodeJudged> | null }>(),
  };
}

function whole(digits: string | undefined): number {
  const value = /^-?\d{1,16}$/.test(digits ?? '') ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RangeError(`${digits} is no whole number`);
  return value;
}
