import type { OriginKey } from '../domain/labels/origins';
import { ByteReader, ByteWriter } from './byte-cursor';
import type { KeyedRecord } from './label-records';

/*
 * The learning topic has one partition. Keys are text; a record without a value deletes.
 *
 *   artefact/SHA256   the artefact, as long as the progress refers to it
 *   marks/NUMBER      origins that the last round trained on, a part of them. Those of an earlier day have no meaning any more
 *   progress          closes what was written together
 *
 *   marks    = 1(byte) day(signed) count { partition at(signed) customer(text) closed }
 *   progress = 1(byte) limit? furthest(f64) version(text) champion(text) previous? trainee?         -- artefacts by their SHA-256
 *              rounds promotions rollbacks recalibrations day? count { version(text) } trial? lastTrial? trial?
 *   trial    = champion(text) challenger(text) started(signed) alpha(f64)
 *   ?        = one byte, 0 or 1, before a value that may be absent; days and instants are signed varints
 */
const VERSION = 1;
const MARKS = /^marks\/(\d{1,6})$/;
const PROGRESS = 'progress';
const ARTEFACT = 'artefact/';
/** With the longest ids, a record stays below half of Kafka's default limit. */
const MARKS_IN_RECORD = 256;
/** Bytes of the shortest mark: partition, time, length of the customer's id, closed. */
const LEAST_MARK_BYTES = 4;

/** An origin of a partition, and how many of its intervals were trained on. */
export interface TrainedMark extends OriginKey {
  readonly partition: number;
  readonly closed: number;
}

export interface TrainedMarks {
  /** The day of the round, seconds. */
  readonly dayS: number;
  readonly marks: readonly TrainedMark[];
}

/** Two artefacts on trial, by digest. */
export interface TrialRecord {
  readonly champion: string;
  readonly challenger: string;
  readonly startedAtS: number;
  readonly alpha: number;
}

/** As the training progress of the trainer store, with digests in the place of artefacts. */
export interface LearningRecord {
  /** End of the day that every partition may work up to, seconds; null before the first event is known. */
  readonly limitS: number | null;
  /** Latest event time up to which any partition was read, seconds: it moves partitions that are silent. */
  readonly furthestS: number;
  readonly championVersion: string;
  readonly champion: string;
  readonly previous: string | null;
  readonly trainee: string | null;
  readonly rounds: number;
  readonly promotions: number;
  readonly rollbacks: number;
  readonly recalibrations: number;
  readonly dayS: number | null;
  readonly announcing: readonly string[];
  readonly trial: TrialRecord | null;
  readonly lastTrialS: number | null;
  readonly watch: TrialRecord | null;
}

export type LearningEntry =
  | { readonly kind: 'artefact'; readonly digest: string; readonly artefact: Uint8Array | null }
  | { readonly kind: 'marks'; readonly part: number; readonly marks: TrainedMarks }
  | { readonly kind: 'progress'; readonly progress: LearningRecord };

/** A record of the learning topic that this program can't read. */
export class LearningRecordError extends Error {
  readonly code = 'learning-record';
  override readonly name = 'LearningRecordError';
}

const writer = new ByteWriter(4096);
const text = { encode: new TextEncoder(), decode: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) };
const keyed = (key: string, value: Uint8Array | null): KeyedRecord => ({ key: text.encode.encode(key), value });

/** `artefact` null: no progress refers to it any more. */
export function encodeArtefactRecord(digest: string, artefact: Uint8Array | null): KeyedRecord {
  return keyed(`${ARTEFACT}${digest}`, artefact);
}

export function encodeMarks({ dayS, marks }: TrainedMarks): KeyedRecord[] {
  const records: KeyedRecord[] = [];
  for (let from = 0; from < marks.length; from += MARKS_IN_RECORD) {
    const value = encodePart({ dayS, marks: marks.slice(from, from + MARKS_IN_RECORD) });
    records.push(keyed(`marks/${records.length}`, value));
  }
  return records;
}

function encodePart({ dayS, marks }: TrainedMarks): Uint8Array {
  return writer.write((w) => {
    w.byte(VERSION);
    w.signedVarint(dayS);
    w.varint(marks.length);
    for (const { partition, atS, customerId, closed } of marks) {
      w.varint(partition);
      w.signedVarint(atS);
      w.text(customerId);
      w.varint(closed);
    }
  });
}

export function encodeLearning(record: LearningRecord): KeyedRecord {
  const value = writer.write((w) => {
    const optional = <T>(given: T | null, write: (value: T) => void) => {
      w.byte(given === null ? 0 : 1);
      if (given !== null) write(given);
    };
    const instant = (atS: number) => w.signedVarint(atS);
    const digest = (of: string) => w.text(of);
    const trial = ({ champion, challenger, startedAtS, alpha }: TrialRecord) => {
      w.text(champion);
      w.text(challenger);
      w.signedVarint(startedAtS);
      w.float64(alpha);
    };
    w.byte(VERSION);
    optional(record.limitS, instant);
    w.float64(record.furthestS);
    w.text(record.championVersion);
    w.text(record.champion);
    optional(record.previous, digest);
    optional(record.trainee, digest);
    for (const count of [record.rounds, record.promotions, record.rollbacks, record.recalibrations]) w.varint(count);
    optional(record.dayS, instant);
    w.varint(record.announcing.length);
    for (const version of record.announcing) w.text(version);
    optional(record.trial, trial);
    optional(record.lastTrialS, instant);
    optional(record.watch, trial);
  });
  return keyed(PROGRESS, value);
}

/** null for a record without meaning. Throws {@link LearningRecordError} only. */
export function decodeLearningEntry({ key, value }: KeyedRecord): LearningEntry | null {
  let name = '';
  try {
    if (key === null) throw new RangeError('no key');
    name = text.decode.decode(key);
    if (name.startsWith(ARTEFACT))
      return { kind: 'artefact', digest: name.slice(ARTEFACT.length), artefact: value && Uint8Array.from(value) };
    const part = MARKS.exec(name)?.[1];
    if (part === undefined && name !== PROGRESS) throw new RangeError('a key of another program');
    if (value === null) return null;
    const r = new ByteReader(value);
    const version = r.byte();
    if (version !== VERSION) throw new RangeError(`version ${version}, this program reads ${VERSION}`);
    const entry: LearningEntry =
      part === undefined
        ? { kind: 'progress', progress: readProgress(r) }
        : { kind: 'marks', part: Number(part), marks: readMarks(r) };
    r.end();
    return entry;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LearningRecordError(`record "${name}" of the learning topic can't be read: ${reason}`, { cause: error });
  }
}

function readMarks(r: ByteReader): TrainedMarks {
  const dayS = r.signedVarint();
  const mark = (): TrainedMark => {
    const [partition, atS, customerId, closed] = [r.varint(), r.signedVarint(), r.text(), r.varint()];
    return { partition, atS, customerId, closed };
  };
  return { dayS, marks: Array.from({ length: r.count(LEAST_MARK_BYTES) }, mark) };
}

function readProgress(r: ByteReader): LearningRecord {
  const optional = <T>(read: () => T): T | null => (r.code(2, 'flag') === 0 ? null : read());
  const instant = () => r.signedVarint();
  const digest = () => r.text();
  const trial = (): TrialRecord => {
    const [champion, challenger] = [r.text(), r.text()];
    return { champion, challenger, startedAtS: r.signedVarint(), alpha: r.float64() };
  };
  return {
    limitS: optional(instant),
    furthestS: r.float64(),
    championVersion: r.text(),
    champion: r.text(),
    previous: optional(digest),
    trainee: optional(digest),
    rounds: r.varint(),
    promotions: r.varint(),
    rollbacks: r.varint(),
    recalibrations: r.varint(),
    dayS: optional(instant),
    announcing: Array.from({ length: r.count(1) }, () => r.text()),
    trial: optional(trial),
    lastTrialS: optional(instant),
    watch: optional(trial),
  };
}
