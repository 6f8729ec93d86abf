import type { AuditedInputs } from '../../domain/audit/audited-inputs';
import type { ContentTally } from '../../domain/audit/content-tally';
import { isClaim, isSetAside, letterFaults } from '../../domain/audit/dead-letter-check';
import { batchDetail, type Decoded, duplicateDetail } from '../../domain/dead-letter';
import { CUSTOMERS_TOPIC, type CustomerEvent, TICK_TOPIC, type Tick, type TopicIndex } from '../../domain/event';
import { aheadDetail } from '../../domain/time-rule';
import type { LogBounds, LogRecord } from '../../ports/log';
import type { EventCodec } from '../../serde/event-codec';
import { boundedTimestampMs } from '../../serde/event-rules';
import { bytesAsLettered, detailDigest, type KeptLetter, type LetterBook } from './letter-book';
import { Repeats } from './repeats';

export interface InputPass {
  readonly read: (topic: string, start: number, take: (record: LogRecord) => void) => Promise<void>;
  readonly events: EventCodec;
  readonly partition: number;
  readonly inputs: AuditedInputs;
  readonly letters: LetterBook;
  readonly tally: ContentTally;
  /** True if a record of the ticks or customers topic must have its outcome by now. */
  readonly isPublished: (topic: TopicIndex, offset: number) => boolean;
  readonly lettersCut: boolean;
}

/** Reads one topic once. It keeps the events, and compares each dead letter with its record. */
export async function readInput(
  pass: InputPass,
  topic: string,
  index: TopicIndex,
  { start }: LogBounds,
): Promise<void> {
  const repeats = new Repeats(start > 0);
  await pass.read(topic, start, (record) => {
    if (record.offset >= pass.inputs.range(index).end) return;
    if (index === TICK_TOPIC) readTick(pass, record);
    else if (index === CUSTOMERS_TOPIC) readProfile(pass, record);
    else readEvent(pass, index, record, repeats);
  });
}

function readEvent(pass: InputPass, topic: TopicIndex, record: LogRecord, repeats: Repeats): void {
  const { offset, timestampMs } = record;
  const decoded = decodeEvent(pass, topic, record);
  const letter = pass.letters.of(topic, offset);
  const event = decoded.ok ? decoded.value : null;
  const repeat = event === null ? false : repeats.isRepeat(event);
  if (letter !== undefined) judge(pass, { topic, record, letter, decoded, repeat });
  // If retention has removed the dead letter of a repeat, the repeat is still detected by its event id.
  const folds = event !== null && letter === undefined && repeat !== true;
  if (folds) repeats.folded(event);
  pass.inputs.addEvent(topic, offset, timestampMs, event, folds);
}

function readProfile(pass: InputPass, record: LogRecord): void {
  const decoded = decodeEvent(pass, CUSTOMERS_TOPIC, record);
  const letter = pass.letters.of(CUSTOMERS_TOPIC, record.offset);
  if (letter !== undefined) judge(pass, { topic: CUSTOMERS_TOPIC, record, letter, decoded, repeat: false });
  else if (!decoded.ok) owed(pass, CUSTOMERS_TOPIC, record.offset);
  if (decoded.ok && letter === undefined) pass.inputs.addProfile(record.offset, decoded.value);
  else pass.inputs.addRefusedProfile(record.offset);
}

function readTick(pass: InputPass, record: LogRecord): void {
  const decoded: Decoded<Tick> = unreadable(record) ?? pass.events.decodeTick(record.value, record.timestampMs);
  const letter = pass.letters.of(TICK_TOPIC, record.offset);
  if (letter !== undefined) judge(pass, { topic: TICK_TOPIC, record, letter, decoded, repeat: false });
  else if (!decoded.ok) owed(pass, TICK_TOPIC, record.offset);
  if (decoded.ok && letter === undefined) pass.inputs.addTick(record.offset, decoded.value);
}

function decodeEvent({ events, partition }: InputPass, topic: TopicIndex, record: LogRecord): Decoded<CustomerEvent> {
  const { value, timestampMs, key } = record;
  return unreadable(record) ?? events.decodeEvent(topic, partition, value, timestampMs, key);
}

/** A batch that could not be read counts as one record. */
function unreadable({ offset, unreadable: batch }: LogRecord): Decoded<never> | undefined {
  if (batch === undefined) return undefined;
  return { ok: false, reason: 'batch-unreadable', detail: batchDetail(offset, batch.lastOffset, batch.detail) };
}

/** Reports a record of the ticks or customers topic that can't be decoded and has no dead letter. */
function owed({ tally, isPublished, lettersCut }: InputPass, topic: TopicIndex, offset: number): void {
  if (!lettersCut && isPublished(topic, offset)) {
    tally.find({ fault: 'lost', topic, offset });
  }
}

interface LetteredRecord {
  readonly topic: TopicIndex;
  readonly record: LogRecord;
  readonly letter: KeptLetter;
  readonly decoded: Decoded<CustomerEvent | Tick>;
  /** Null if it can't be determined. */
  readonly repeat: boolean | null;
}

function judge(pass: InputPass, { topic, record, letter, decoded, repeat }: LetteredRecord): void {
  const { offset, timestampMs, value, unreadable: batch } = record;
  letter.wasJudged = true;
  const bytes = batch === undefined ? bytesAsLettered(letter, record) : { ...letter, whole: isOfBatch(letter, batch) };
  const customerId = decoded.ok && 'customerId' in decoded.value ? decoded.value.customerId : undefined;
  const fields = letterFaults(letter, {
    ...bytes,
    decoded,
    // A letter names the nearest timestamp that an output can have.
    timestampMs: batch === undefined ? boundedTimestampMs(timestampMs) : letter.timestampMs,
    detail: decoded.ok ? '' : detailDigest(decoded.detail, letter.shortenedTo),
    repeat,
    repeatDetail: repeatDetail(decoded, letter.shortenedTo),
    aheadDetail: detailDigest(aheadDetail(timestampMs), letter.shortenedTo),
    foreignSchema: pass.events.namesForeignSchema(topic, value),
  });
  if (!bytes.whole) fields.push('original');
  if (batch === undefined && letter.lastOffset !== null) fields.push('lastOffset');
  if (decoded.ok && isClaim(letter)) pass.tally.setAside += 1;
  if (customerId !== undefined && isSetAside(letter)) pass.inputs.addSetAside(customerId);
  for (const field of fields) {
    const whose = customerId === undefined ? {} : { customerId };
    pass.tally.find({ fault: 'contradicted', topic, offset, field, ...whose, log: 'dead-letters', at: letter.at });
  }
}

function isOfBatch({ cut, lastOffset }: KeptLetter, batch: NonNullable<LogRecord['unreadable']>): boolean {
  return cut?.bytes === batch.bytes && cut.sha256 === batch.sha256 && lastOffset === batch.lastOffset;
}

/** The dead letter of a repeat contains the event's id. */
function repeatDetail(decoded: Decoded<CustomerEvent | Tick>, shortenedTo: number | null): string {
  return decoded.ok && 'eventId' in decoded.value ? detailDigest(duplicateDetail(decoded.value), shortenedTo) : '';
}
