import { ATTRIBUTES, type AttributeName } from '../domain/attributes';
import type { Decoded } from '../domain/dead-letter';
import {
  type CustomerEvent,
  type EventKind,
  INPUT_ROLES,
  type InputRole,
  type Tick,
  type TopicIndex,
} from '../domain/event';
import { type EventTimes, effectiveMs } from '../domain/time-rule';
import { BROWSE, CLICK, type Contract, CUSTOMER, ORDER, ownSchemas, REVIEW, type SchemaById, TICK } from './contracts';
import {
  attributeFault,
  countFault,
  customerFault,
  eventIdFault,
  type InputRules,
  keyFault,
  orderFault,
  partitionOf,
  type Refusal,
  starsFault,
  tickFault,
  timeFault,
  timestampFault,
} from './event-rules';
import { namesForeignSchema } from './foreign-schema';
import { OwnRecordReader } from './own-record-reader';
import { RecordReader } from './record-reader';
import type { BrowseRecord, ClickRecord, CustomerRecord, OrderRecord, ReviewRecord, TickRecord } from './records';

const STATUS_KINDS: Readonly<Record<OrderRecord['status'], EventKind>> = {
  placed: 'order',
  refunded: 'refund',
  cancelled: 'cancel',
};

/** The contract of each input topic. */
const CONTRACT_OF: Readonly<Record<InputRole, Contract>> = {
  orders: ORDER,
  clicks: CLICK,
  browses: BROWSE,
  ticks: TICK,
  reviews: REVIEW,
  customers: CUSTOMER,
};

/** Profiles need no id: their offsets are enough to distinguish them. */
const PROFILE_ID = 'profile';

/** Bytes of the input topics → validated, quantised domain values. Never throws: it returns a value or a literal reason. */
export class EventCodec {
  private readonly orders: RecordReader<OrderRecord>;
  private readonly clicks: RecordReader<ClickRecord>;
  private readonly browses: RecordReader<BrowseRecord>;
  private readonly reviews: RecordReader<ReviewRecord>;
  private readonly customers: RecordReader<CustomerRecord>;
  private readonly ticks: OwnRecordReader<TickRecord>;

  constructor(
    private readonly rules: InputRules,
    private readonly schemaById: SchemaById = ownSchemas,
  ) {
    this.orders = new RecordReader(ORDER, schemaById, true);
    this.clicks = new RecordReader(CLICK, schemaById, true);
    this.browses = new RecordReader(BROWSE, schemaById, true);
    this.reviews = new RecordReader(REVIEW, schemaById, true);
    this.customers = new RecordReader(CUSTOMER, schemaById, true);
    this.ticks = new OwnRecordReader([TICK], schemaById, true);
  }

  /** The deployment's one currency, ISO 4217. */
  get currency(): string {
    return this.rules.currency;
  }

  /** Whether the configured hash places a customer in a partition. */
  places(customerId: string, partition: number): boolean {
    const expected = partitionOf(customerId, this.rules.partitions, this.rules.hash);
    return expected === partition || expected === -1;
  }

  /** Whether the writer's schema of a record is not this program's own: the outcome may then differ from an earlier one. */
  namesForeignSchema(topic: TopicIndex, value: Uint8Array | null): boolean {
    return namesForeignSchema(value, CONTRACT_OF[INPUT_ROLES[topic] as InputRole], this.schemaById);
  }

  /** Decodes a record of a topic that is keyed by customer. `timestampMs` is the log's. The key is used for the customers topic only. */
  decodeEvent(
    topic: TopicIndex,
    partition: number,
    value: Uint8Array | null,
    timestampMs: number,
    key: Uint8Array | null = null,
  ): Decoded<CustomerEvent> {
    switch (INPUT_ROLES[topic]) {
      case 'orders':
        return this.order(partition, value, timestampMs);
      case 'clicks':
        return this.click(partition, value, timestampMs);
      case 'browses':
        return this.browse(partition, value, timestampMs);
      case 'reviews':
        return this.review(partition, value, timestampMs);
      case 'customers':
        return this.customer(partition, key, value, timestampMs);
      default:
        return { ok: false, reason: 'undecodable', detail: `Topic index ${topic} carries no customer events.` };
    }
  }

  /** Decodes a record of the ticks topic. */
  decodeTick(value: Uint8Array | null, timestampMs: number): Decoded<Tick> {
    const read = this.ticks.read(value);
    if (!read.ok) return read;
    const { asOf, shard, shards } = read.value;
    return (
      tickFault(shard, shards) ??
      timestampFault(timestampMs) ??
      timeFault({ eventMs: asOf, recordMs: timestampMs }, this.rules.maxFutureMs, 'The tick') ?? {
        ok: true,
        value: { asOfS: effectiveS({ eventMs: asOf, recordMs: timestampMs }), shard, shards },
      }
    );
  }

  private order(partition: number, value: Uint8Array | null, timestampMs: number): Decoded<CustomerEvent> {
    const read = this.orders.read(value);
    if (!read.ok) return read;
    const record = read.value;
    const eventId = record.eventId ?? `${record.orderId}:${record.status}`;
    const fault =
      this.commonFault(record, eventId, partition, timestampMs, 'The order') ?? orderFault(record, this.rules);
    if (fault) return fault;
    return accepted(STATUS_KINDS[record.status], record, timestampMs, eventId, {
      amountMinor: record.amountMinor,
      items: record.items,
    });
  }

  private click(partition: number, value: Uint8Array | null, timestampMs: number): Decoded<CustomerEvent> {
    const read = this.clicks.read(value);
    if (!read.ok) return read;
    const record = read.value;
    const fault = this.commonFault(record, record.eventId, partition, timestampMs, 'The click');
    return fault ?? accepted('click', record, timestampMs, record.eventId, {});
  }

  private browse(partition: number, value: Uint8Array | null, timestampMs: number): Decoded<CustomerEvent> {
    const read = this.browses.read(value);
    if (!read.ok) return read;
    const record = read.value;
    const fault =
      this.commonFault(record, record.eventId, partition, timestampMs, 'The browse') ??
      countFault(record.dwellSeconds, 'dwellSeconds', 'The browse');
    return fault ?? accepted('browse', record, timestampMs, record.eventId, { dwellS: record.dwellSeconds });
  }

  private review(partition: number, value: Uint8Array | null, timestampMs: number): Decoded<CustomerEvent> {
    const read = this.reviews.read(value);
    if (!read.ok) return read;
    const record = read.value;
    const fault =
      this.commonFault(record, record.eventId, partition, timestampMs, 'The review') ?? starsFault(record.stars);
    return fault ?? accepted('review', record, timestampMs, record.eventId, { stars: record.stars ?? 0 });
  }

  private customer(
    partition: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestampMs: number,
  ): Decoded<CustomerEvent> {
    if (value === null) return this.deletion(partition, key, timestampMs);
    const read = this.customers.read(value);
    if (!read.ok) return read;
    const record = { ...read.value, eventTime: read.value.eventTime ?? timestampMs };
    const fault =
      this.commonFault(record, PROFILE_ID, partition, timestampMs, 'The customer') ??
      keyFault(key, record.customerId) ??
      ATTRIBUTES.map((name) => attributeFault(name, record[name])).find((each) => each !== undefined);
    if (fault) return fault;
    const values = ATTRIBUTES.map((name) => [name, record[name]?.trim() || null]);
    const attributes = Object.fromEntries(values) as Record<AttributeName, string | null>;
    return accepted('profile', record, timestampMs, PROFILE_ID, { attributes });
  }

  private deletion(partition: number, key: Uint8Array | null, timestampMs: number): Decoded<CustomerEvent> {
    const customerId = key === null ? '' : new TextDecoder().decode(key);
    const record = { customerId, eventTime: timestampMs };
    const fault = this.commonFault(record, PROFILE_ID, partition, timestampMs, 'The deletion');
    return fault ?? accepted('profile', record, timestampMs, PROFILE_ID, {});
  }

  private commonFault(
    record: { readonly customerId: string; readonly eventTime: number },
    eventId: string,
    partition: number,
    timestampMs: number,
    subject: string,
  ): Refusal | undefined {
    return (
      customerFault(record.customerId, partition, this.rules) ??
      eventIdFault(eventId) ??
      timestampFault(timestampMs) ??
      timeFault({ eventMs: record.eventTime, recordMs: timestampMs }, this.rules.maxFutureMs, subject)
    );
  }
}

function accepted(
  kind: EventKind,
  record: { readonly customerId: string; readonly eventTime: number },
  timestampMs: number,
  eventId: string,
  { amountMinor = 0, items = 0, dwellS = 0, stars = 0, attributes }: Partial<CustomerEvent>,
): Decoded<CustomerEvent> {
  const { customerId, eventTime } = record;
  const timeS = effectiveS({ eventMs: eventTime, recordMs: timestampMs });
  const ownS = Math.floor(eventTime / 1000);
  const event = { kind, customerId, eventId, timeS, amountMinor, items, dwellS, stars };
  const value = ownS === timeS ? event : { ...event, statedS: ownS };
  return { ok: true, value: attributes === undefined ? value : { ...value, attributes } };
}

/** Quantised once, here, so that the step, the kept window and training use the same value. */
function effectiveS(times: EventTimes): number {
  return Math.floor(effectiveMs(times) / 1000);
}
