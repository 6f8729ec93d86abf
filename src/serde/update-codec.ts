import type { Decoded } from '../domain/dead-letter';
import { EVENT_TOPICS, INPUT_ROLES, SECONDS_PER_DAY } from '../domain/event';
import type { ClvUpdate, Confidence, LifecycleStage, UpdateTrigger, ValueTier } from '../domain/update';
import { CLV_UPDATE, CLV_UPDATE_V1, ownSchemas, type SchemaById } from './contracts';
import { FramedWriter } from './framing';
import { OwnRecordReader } from './own-record-reader';

/** A CLV update as on the wire, field for field as in schemas/clv-update.avsc. Instants in ms, money in major units. */
export interface ClvUpdateRecord {
  readonly customerId: string;
  readonly asOf: number;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly folded: readonly { readonly topic: string; readonly count: number; readonly hash: number }[];
  readonly sequence: number;
  readonly modelVersion: string;
  readonly trigger: UpdateTrigger;
  readonly currency: string;
  readonly historicClv: number;
  readonly orders: number;
  readonly averageOrderValue: number | null;
  readonly averageDaysBetweenOrders: number | null;
  readonly daysSinceLastOrder: number | null;
  readonly predictedOrders30d: number;
  readonly predictedOrders90d: number;
  readonly predictedOrders365d: number;
  readonly predictedRevenue30d: number;
  readonly predictedRevenue90d: number;
  readonly predictedRevenue365d: number;
  readonly predictedClv30d: number;
  readonly predictedClv90d: number;
  readonly predictedClv365d: number;
  readonly orderProbability7d: number;
  readonly orderProbability30d: number;
  readonly orderProbability90d: number;
  readonly orderProbability365d: number;
  readonly churnProbability: number;
  readonly nextOrderDaysP25: number | null;
  readonly nextOrderDaysP50: number | null;
  readonly nextOrderDaysP75: number | null;
  readonly expectedNextOrderEarliest: number | null;
  readonly expectedNextOrder: number | null;
  readonly expectedNextOrderLatest: number | null;
  readonly clv365dP10: number;
  readonly clv365dP50: number;
  readonly clv365dP90: number;
  readonly valueTier: ValueTier;
  readonly lifecycleStage: LifecycleStage;
  readonly value: number;
  readonly previousValue: number;
  readonly modelEffect: number;
  readonly silenceEffect: number;
  readonly eventEffect: number;
  readonly refolded: boolean;
  readonly confidence: Confidence;
  readonly tierCuts: string;
  readonly previousTier: ValueTier | null;
}

/** A field of an update is not a finite number: its model or its state is damaged. */
export class UpdateFieldError extends Error {
  readonly code = 'update-field';
  override readonly name = 'UpdateFieldError';

  constructor(field: string, value: number) {
    super(
      `${field} of the update is ${value}, not a finite number: check the model that is in force (clv-stream model)`,
    );
  }
}

/** Fields that hold a number, or null in its place. */
const NUMBERS = CLV_UPDATE.fields
  .filter(({ type }) => holdsNumber(type))
  .map(({ name }) => name as keyof ClvUpdateRecord);

/** `type`: as in the .avsc file. */
function holdsNumber(type: unknown): boolean {
  if (Array.isArray(type)) return type.some(holdsNumber);
  if (typeof type === 'object' && type !== null) return holdsNumber((type as { type: unknown }).type);
  return type === 'int' || type === 'long' || type === 'float' || type === 'double';
}

/** For a topic that the update's writer did not support. */
const NOTHING_FOLDED = { count: 0, hash: 0 };

/** The instant `days` after asOf, whole seconds, in ms. null if `days` is null. */
function dateAfter(asOfS: number, days: number | null): number | null {
  return days === null ? null : (asOfS + Math.round(days * SECONDS_PER_DAY)) * 1000;
}

export function toUpdateRecord(update: ClvUpdate): ClvUpdateRecord {
  const { source, history, prediction: p, change } = update;
  return {
    customerId: update.customerId,
    asOf: update.asOfS * 1000,
    source: { topic: INPUT_ROLES[source.topic] as string, partition: source.partition, offset: source.offset },
    folded: EVENT_TOPICS.map((topic) => ({ topic: INPUT_ROLES[topic] as string, ...update.folded[topic]! })),
    sequence: update.sequence,
    modelVersion: update.modelVersion,
    trigger: update.trigger,
    currency: update.currency,
    historicClv: history.historicClv,
    orders: history.orders,
    averageOrderValue: history.averageOrderValue,
    averageDaysBetweenOrders: history.averageDaysBetweenOrders,
    daysSinceLastOrder: history.daysSinceLastOrder,
    predictedOrders30d: p.orders[0],
    predictedOrders90d: p.orders[1],
    predictedOrders365d: p.orders[2],
    predictedRevenue30d: p.revenue[0],
    predictedRevenue90d: p.revenue[1],
    predictedRevenue365d: p.revenue[2],
    predictedClv30d: p.clv[0],
    predictedClv90d: p.clv[1],
    predictedClv365d: p.clv[2],
    orderProbability7d: p.orderProbability[0],
    orderProbability30d: p.orderProbability[1],
    orderProbability90d: p.orderProbability[2],
    orderProbability365d: p.orderProbability[3],
    churnProbability: p.churnProbability,
    nextOrderDaysP25: p.nextOrderDays[0],
    nextOrderDaysP50: p.nextOrderDays[1],
    nextOrderDaysP75: p.nextOrderDays[2],
    expectedNextOrderEarliest: dateAfter(update.asOfS, p.nextOrderDays[0]),
    expectedNextOrder: dateAfter(update.asOfS, p.nextOrderDays[1]),
    expectedNextOrderLatest: dateAfter(update.asOfS, p.nextOrderDays[2]),
    clv365dP10: p.clv365Quantiles[0],
    clv365dP50: p.clv365Quantiles[1],
    clv365dP90: p.clv365Quantiles[2],
    valueTier: p.valueTier,
    lifecycleStage: p.lifecycleStage,
    value: update.value,
    previousValue: change.previous,
    modelEffect: change.model,
    silenceEffect: change.silence,
    eventEffect: change.event,
    refolded: update.refolded,
    confidence: update.confidence,
    tierCuts: update.tierCuts,
    previousTier: update.previousTier,
  };
}

function fromUpdateRecord(record: ClvUpdateRecord): ClvUpdate {
  const r = record;
  return {
    customerId: r.customerId,
    asOfS: r.asOf / 1000,
    source: {
      topic: (INPUT_ROLES as readonly string[]).indexOf(r.source.topic),
      partition: r.source.partition,
      offset: r.source.offset,
    },
    folded: INPUT_ROLES.map((role) => {
      const { count, hash } = r.folded.find(({ topic }) => topic === role) ?? NOTHING_FOLDED;
      return { count, hash };
    }),
    sequence: r.sequence,
    modelVersion: r.modelVersion,
    trigger: r.trigger,
    currency: r.currency,
    history: {
      historicClv: r.historicClv,
      orders: r.orders,
      averageOrderValue: r.averageOrderValue,
      averageDaysBetweenOrders: r.averageDaysBetweenOrders,
      daysSinceLastOrder: r.daysSinceLastOrder,
    },
    prediction: {
      orders: [r.predictedOrders30d, r.predictedOrders90d, r.predictedOrders365d],
      revenue: [r.predictedRevenue30d, r.predictedRevenue90d, r.predictedRevenue365d],
      clv: [r.predictedClv30d, r.predictedClv90d, r.predictedClv365d],
      orderProbability: [r.orderProbability7d, r.orderProbability30d, r.orderProbability90d, r.orderProbability365d],
      churnProbability: r.churnProbability,
      nextOrderDays: [r.nextOrderDaysP25, r.nextOrderDaysP50, r.nextOrderDaysP75],
      clv365Quantiles: [r.clv365dP10, r.clv365dP50, r.clv365dP90],
      valueTier: r.valueTier,
      lifecycleStage: r.lifecycleStage,
    },
    value: r.value,
    change: { previous: r.previousValue, model: r.modelEffect, silence: r.silenceEffect, event: r.eventEffect },
    refolded: r.refolded,
    confidence: r.confidence,
    tierCuts: r.tierCuts,
    previousTier: r.previousTier,
  };
}

/**
 * CLV updates ↔ framed Avro. Encoding is on the hot path: one update per event. An update that names no cuts is written with the first
 * version of the schema.
 */
export class UpdateCodec {
  private readonly firstWriter: FramedWriter;
  private readonly writer: FramedWriter;
  private readonly reader: OwnRecordReader<ClvUpdateRecord>;

  /** `id`: the schema id that all updates are written with, as the schema registry gave it. Default: this program's own. */
  constructor(schemaById: SchemaById = ownSchemas, id?: number) {
    this.writer = new FramedWriter(id === undefined ? CLV_UPDATE : { ...CLV_UPDATE, id });
    this.firstWriter = id === undefined ? new FramedWriter(CLV_UPDATE_V1) : this.writer;
    this.reader = new OwnRecordReader([CLV_UPDATE, CLV_UPDATE_V1], schemaById, false);
  }

  /** Throws {@link UpdateFieldError}: a number that is not finite is never published. */
  encode(update: ClvUpdate): Uint8Array {
    const record = toUpdateRecord(update);
    for (const field of NUMBERS) {
      const value = record[field];
      if (typeof value === 'number' && !Number.isFinite(value)) throw new UpdateFieldError(field, value);
    }
    return (record.tierCuts === '' ? this.firstWriter : this.writer).encode(record);
  }

  decode(value: Uint8Array | null): Decoded<ClvUpdate> {
    const read = this.reader.read(value);
    return read.ok ? { ok: true, value: fromUpdateRecord(read.value) } : read;
  }

  /** Decodes, and reports fields that contradict other fields of the same record: a date against its days, an unknown topic. */
  decodeStrictly(value: Uint8Array | null): Decoded<{ readonly update: ClvUpdate; readonly faults: string[] }> {
    const read = this.reader.read(value);
    if (!read.ok) return read;
    const update = fromUpdateRecord(read.value);
    return { ok: true, value: { update, faults: redundancyFaults(read.value, toUpdateRecord(update)) } };
  }
}

/** Everything that a record contains twice, or per topic, must be the same after conversion to the domain and back. */
function redundancyFaults(record: ClvUpdateRecord, again: ClvUpdateRecord): string[] {
  const faults = (Object.keys(again) as (keyof ClvUpdateRecord)[]).filter(
    (field) => field !== 'source' && field !== 'folded' && !Object.is(record[field], again[field]),
  ) as string[];
  if (record.source.topic !== again.source.topic) faults.push('source.topic');
  // A writer of an older version may have fewer topics, in the same order.
  const inOrder = record.folded.every(({ topic }, i) => topic === again.folded[i]?.topic);
  if (!inOrder) faults.push('folded');
  return faults;
}
