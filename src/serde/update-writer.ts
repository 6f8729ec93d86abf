import { EVENT_TOPICS, INPUT_ROLES } from '../domain/event';
import { type ClvUpdate, type Confidence, type UpdateTrigger, VALUE_TIERS } from '../domain/update';
import { ByteWriter } from './byte-cursor';
import { MAGIC_BYTE } from './framing';
import { dateAfterMs } from './update-record';

const TRIGGERS: readonly UpdateTrigger[] = ['event', 'clock'];
const CONFIDENCES: readonly Confidence[] = ['cold', 'thin', 'ok'];
const INT32_END = 2 ** 31;

/** A number or code that the direct form does not write. */
class NotWritten extends Error {}

/**
 * Writes framed updates field by field, without a record in between: one is written per event. The order of the fields is that of
 * schemas/clv-update.avsc, and every byte is that of avsc, which a test compares. `hasTiers`: with the fields that the schema's first
 * version lacks.
 */
export class UpdateWriter {
  private readonly out = new ByteWriter(1024);

  constructor(
    private readonly id: number,
    private readonly hasTiers: boolean,
  ) {}

  /** Null, with nothing written, for a number that is not finite or has 2^52 or more, and for an unknown name: avsc decides about it then. */
  write(update: ClvUpdate): Uint8Array | null {
    try {
      return this.out.write((out) => this.fill(out, update));
    } catch (error) {
      if (error instanceof NotWritten || error instanceof RangeError) return null;
      throw error;
    }
  }

  private fill(out: ByteWriter, update: ClvUpdate): void {
    const { history, prediction: p, change, source, asOfS } = update;
    out.byte(MAGIC_BYTE);
    out.uint32BigEndian(this.id);
    out.signedText(update.customerId);
    out.signedVarint(asOfS * 1000);
    out.signedText(role(source.topic));
    out.signedVarint(int32(source.partition));
    out.signedVarint(source.offset);
    writeFolded(out, update);
    out.signedVarint(update.sequence);
    out.signedText(update.modelVersion);
    out.signedVarint(code(TRIGGERS, update.trigger));
    out.signedText(update.currency);
    double(out, history.historicClv);
    out.signedVarint(history.orders);
    optional(out, history.averageOrderValue);
    optional(out, history.averageDaysBetweenOrders);
    optional(out, history.daysSinceLastOrder);
    doubles(out, p.orders);
    doubles(out, p.revenue);
    doubles(out, p.clv);
    doubles(out, p.orderProbability);
    double(out, p.churnProbability);
    for (let i = 0; i < p.nextOrderDays.length; i++) optional(out, p.nextOrderDays[i]!);
    for (let i = 0; i < p.nextOrderDays.length; i++) writeDate(out, dateAfterMs(asOfS, p.nextOrderDays[i]!));
    doubles(out, p.clv365Quantiles);
    out.signedVarint(code(VALUE_TIERS, p.valueTier));
    out.signedText(p.lifecycleStage);
    double(out, update.value);
    double(out, change.previous);
    double(out, change.model);
    double(out, change.silence);
    double(out, change.event);
    out.byte(update.refolded ? 1 : 0);
    out.signedVarint(code(CONFIDENCES, update.confidence));
    if (!this.hasTiers) return;
    out.signedText(update.tierCuts);
    out.signedVarint(update.previousTier === null ? 0 : 1);
    if (update.previousTier !== null) out.signedVarint(code(VALUE_TIERS, update.previousTier));
  }
}

/** An array: one block with its count, and the empty one that ends it. */
function writeFolded(out: ByteWriter, { folded }: ClvUpdate): void {
  out.signedVarint(EVENT_TOPICS.length);
  for (let i = 0; i < EVENT_TOPICS.length; i++) {
    const topic = EVENT_TOPICS[i]!;
    const each = folded[topic];
    if (each === undefined) throw new NotWritten();
    out.signedText(role(topic));
    out.signedVarint(each.count);
    out.signedVarint(each.hash);
  }
  out.signedVarint(0);
}

function double(out: ByteWriter, value: number): void {
  if (!Number.isFinite(value)) throw new NotWritten();
  out.float64(value);
}

function doubles(out: ByteWriter, values: readonly number[]): void {
  for (let i = 0; i < values.length; i++) double(out, values[i]!);
}

/** A union with null first. */
function optional(out: ByteWriter, value: number | null): void {
  out.byte(value === null ? 0 : 2);
  if (value !== null) double(out, value);
}

function writeDate(out: ByteWriter, ms: number | null): void {
  out.byte(ms === null ? 0 : 2);
  if (ms !== null) out.signedVarint(ms);
}

function int32(value: number): number {
  if (!(value >= -INT32_END && value < INT32_END)) throw new NotWritten();
  return value;
}

function role(topic: number): string {
  const name: string | undefined = INPUT_ROLES[topic];
  if (name === undefined) throw new NotWritten();
  return name;
}

function code<T>(names: readonly T[], name: T): number {
  const at = names.indexOf(name);
  if (at < 0) throw new NotWritten();
  return at;
}
