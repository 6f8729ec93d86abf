import { DEAD_LETTER_REASONS, type Decoded } from '../../src/domain/dead-letter';
import { CUSTOMERS_TOPIC, type CustomerEvent, INPUT_ROLES } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import { identityOf } from '../../src/domain/state/sequence-state';
import {
  BROWSE,
  CLICK,
  CUSTOMER as CUSTOMER_CONTRACT,
  ORDER,
  ownSchemas,
  parseSchema,
  REVIEW,
  TICK,
} from '../../src/serde/contracts';
import { EventCodec } from '../../src/serde/event-codec';
import { EventEncoder } from '../../src/serde/event-encoder';
import { boundedTimestampMs, type InputRules } from '../../src/serde/event-rules';
import { encodeFramed } from '../support/encode-framed';

const RULES: InputRules = { currency: 'EUR', partitions: 12, hash: 'murmur2', maxFutureMs: 60_000 };
const NOW = Date.parse('2024-05-01T12:00:00Z');
const CUSTOMER = 'customer-1';
const PARTITION = murmur2Partition(Buffer.from(CUSTOMER), 12);
const [ORDERS, CLICKS, BROWSES] = [0, 1, 2];
const REVIEWS = INPUT_ROLES.indexOf('reviews');
const KEY = Buffer.from(CUSTOMER);

const order = {
  status: 'placed',
  orderId: 'o-1',
  customerId: CUSTOMER,
  eventTime: NOW - 1_500,
  amountMinor: 1_999,
  currency: 'EUR',
  items: 3,
  eventId: null as string | null,
};
const click = { eventId: 'c-1', customerId: CUSTOMER, eventTime: NOW, target: 'cart' };
const browse = { eventId: 'b-1', customerId: CUSTOMER, eventTime: NOW, dwellSeconds: 42, page: null };
const review = { eventId: 'r-1', customerId: CUSTOMER, eventTime: NOW, stars: 4 as number | null, text: 'so so' };
const customer = {
  customerId: CUSTOMER,
  eventTime: NOW as number | null,
  ageBand: '25-34' as string | null,
  region: ' North ' as string | null,
  channel: '' as string | null,
};
const tick = { asOf: NOW + 999, shard: 3, shards: 8 };
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const codec = new EventCodec(RULES);
const decode = (topic: number, value: Uint8Array | null) => codec.decodeEvent(topic, PARTITION, value, NOW);
const decodeCustomer = (value: Uint8Array | null, key: Uint8Array | null = KEY) =>
  codec.decodeEvent(CUSTOMERS_TOPIC, PARTITION, value, NOW, key);
const decodeOrder = (fields: object) => decode(ORDERS as number, encodeFramed(ORDER, { ...order, ...fields }));

describe('what is accepted', () => {
  const placed: CustomerEvent = {
    kind: 'order',
    customerId: CUSTOMER,
    eventId: 'o-1:placed',
    timeS: NOW / 1000 - 2,
    amountMinor: 1_999,
    items: 3,
    dwellS: 0,
    stars: 0,
  };

  test('an order in Avro: event time is floored to the second, the eventId is made from order and status', () => {
    expect(decodeOrder({})).toEqual({ ok: true, value: placed });
  });

  test('the same order in JSON, recognised by the first byte', () => {
    expect(decode(0, json(order))).toEqual({ ok: true, value: placed });
  });

  test.each([
    ['refunded', 'refund'],
    ['cancelled', 'cancel'],
  ])('%s becomes a %s', (status, kind) => {
    expect(decodeOrder({ status })).toMatchObject({ ok: true, value: { kind, eventId: `o-1:${status}` } });
  });

  test('clicks and browses', () => {
    const common = { customerId: CUSTOMER, timeS: NOW / 1000, amountMinor: 0, items: 0, stars: 0 };
    expect(decode(CLICKS as number, encodeFramed(CLICK, click))).toEqual({
      ok: true,
      value: { ...common, kind: 'click', eventId: 'c-1', dwellS: 0 },
    });
    expect(decode(BROWSES as number, encodeFramed(BROWSE, browse))).toEqual({
      ok: true,
      value: { ...common, kind: 'browse', eventId: 'b-1', dwellS: 42 },
    });
  });

  test.each<[number | null, number]>([
    [5, 5],
    [1, 1],
    [null, 0],
  ])('a review of %s stars, in Avro and in JSON', (stars, kept) => {
    const value = {
      ...placed,
      kind: 'review',
      eventId: 'r-1',
      timeS: NOW / 1000,
      amountMinor: 0,
      items: 0,
      stars: kept,
    };
    const given = { ...review, stars };
    expect(decode(REVIEWS, encodeFramed(REVIEW, given))).toEqual({ ok: true, value });
    expect(decode(REVIEWS, json(given))).toEqual({ ok: true, value });
  });

  test('a review without the fields that it may lack', () => {
    const { eventId, customerId, eventTime } = review;
    expect(decode(REVIEWS, json({ eventId, customerId, eventTime }))).toMatchObject({ ok: true, value: { stars: 0 } });
  });

  const profile = {
    ...placed,
    kind: 'profile',
    eventId: 'profile',
    timeS: NOW / 1000,
    amountMinor: 0,
    items: 0,
    attributes: { ageBand: '25-34', region: 'North', channel: null },
  };

  test("a customer's attributes, in Avro and in JSON: trimmed, empty is unknown", () => {
    expect(decodeCustomer(encodeFramed(CUSTOMER_CONTRACT, customer))).toEqual({ ok: true, value: profile });
    expect(decodeCustomer(json(customer))).toEqual({ ok: true, value: profile });
  });

  test('a customer without the optional fields: the time is that of the log, and all attributes are unknown', () => {
    const attributes = { ageBand: null, region: null, channel: null };
    expect(decodeCustomer(json({ customerId: CUSTOMER }))).toEqual({ ok: true, value: { ...profile, attributes } });
  });

  test('a record without a value deletes the attributes of its key', () => {
    const { attributes: _, ...deleted } = profile;
    expect(decodeCustomer(null)).toEqual({ ok: true, value: deleted });
  });

  test('a tick in Avro and in JSON, with defaults', () => {
    expect(codec.decodeTick(encodeFramed(TICK, tick), NOW)).toEqual({
      ok: true,
      value: { asOfS: NOW / 1000, shard: 3, shards: 8 },
    });
    expect(codec.decodeTick(json({ asOf: '2024-05-01T12:00:00Z' }), NOW)).toEqual({
      ok: true,
      value: { asOfS: NOW / 1000, shard: 0, shards: 1 },
    });
  });

  test.each([
    ['plain value', { ...order, eventId: 'e-9' }, 'e-9'],
    ['avsc’s union form', { ...order, eventId: { string: 'e-9' } }, 'e-9'],
    ['null', { ...order, eventId: null }, 'o-1:placed'],
    ['absent', { ...order, eventId: undefined }, 'o-1:placed'],
  ])('JSON, nullable field: %s', (_form, record, eventId) => {
    expect(decode(0, json(record))).toMatchObject({ ok: true, value: { eventId } });
  });

  test('JSON: absent fields take their default, unknown ones are left aside', () => {
    const { items: _items, ...sparse } = order;
    expect(decode(0, json({ ...sparse, channel: 'web' }))).toMatchObject({ ok: true, value: { items: 0 } });
  });

  test.each(['2024-05-01T11:59:58.500Z', '2024-05-01T13:59:58+02:00', NOW - 1_500])(
    'JSON, event time %s',
    (eventTime) => {
      expect(decode(0, json({ ...order, eventTime }))).toEqual({ ok: true, value: placed });
    },
  );

  test('what avsc itself prints as JSON is read', () => {
    const text = ORDER.type.toString({ ...order, eventId: 'e-9' });
    expect(decode(0, Buffer.from(text))).toMatchObject({ ok: true, value: { eventId: 'e-9' } });
  });

  test('a customer id with an astral character', () => {
    const customerId = 'zoë-🛒';
    const partition = murmur2Partition(Buffer.from(customerId), 12);
    expect(codec.decodeEvent(1, partition, json({ ...click, customerId }), NOW)).toMatchObject({ ok: true });
  });
});

describe('evolution', () => {
  const evolved = (change: (fields: { name: string; default?: unknown }[]) => object[]) => {
    const schema = JSON.parse(ORDER.text);
    return JSON.stringify({ ...schema, namespace: 'shop.other', fields: change(schema.fields) });
  };
  const read = (text: string, record: object) => {
    const body = parseSchema(text).toBuffer(record);
    const requested: number[] = [];
    const reader = new EventCodec(RULES, (id) => {
      requested.push(id);
      return id === 4711 ? { schemaType: 'AVRO', text } : ownSchemas(id);
    });
    const value = Buffer.concat([Buffer.from([0, 0, 0, 0x12, 0x67]), body]);
    const first = reader.decodeEvent(0, PARTITION, value, NOW);
    expect(reader.decodeEvent(0, PARTITION, value, NOW)).toEqual(first);
    expect(requested).toEqual([4711]);
    return first;
  };

  test('a writer with extra fields, an array among them', () => {
    const text = evolved((fields) => [
      { name: 'channel', type: 'string' },
      ...fields,
      {
        name: 'lines',
        type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'sku', type: 'string' }] } },
      },
    ]);
    const record = { ...order, channel: 'web', lines: [{ sku: 'a' }, { sku: 'b' }] };
    expect(read(text, record)).toMatchObject({ ok: true, value: { eventId: 'o-1:placed', amountMinor: 1_999 } });
  });

  test('a writer without the optional fields, with a narrower amount', () => {
    const text = evolved((fields) =>
      fields
        .filter((field) => !('default' in field))
        .map((field) => (field.name === 'amountMinor' ? { name: 'amountMinor', type: 'int' } : field)),
    );
    expect(read(text, order)).toMatchObject({ ok: true, value: { items: 0, amountMinor: 1_999 } });
  });

  test('a writer whose schema cannot be read as an order', () => {
    const text = evolved((fields) => fields.filter(({ name }) => name !== 'currency'));
    expect(read(text, order)).toMatchObject({
      ok: false,
      reason: 'undecodable',
      detail: expect.stringMatching(/schema id 4711 can't be read as Order/),
    });
  });

  const nullable = evolved((fields) =>
    fields.map((field) => ({
      name: field.name,
      type: ['null', ...[(field as { type?: unknown }).type].flat().filter((type) => type !== 'null')],
      default: null,
    })),
  );
  const written = (text: string, record: object) =>
    Buffer.concat([Buffer.from([0, 0, 0, 0x12, 0x67]), parseSchema(text).toBuffer(record)]);
  const readFrom = (text: string, value: Uint8Array) =>
    new EventCodec(RULES, () => ({ schemaType: 'AVRO', text })).decodeEvent(0, PARTITION, value, NOW);

  test('a writer whose fields are all nullable: only an actual null in a required field is a fault', () => {
    expect(read(nullable, order)).toMatchObject({ ok: true, value: { eventId: 'o-1:placed', amountMinor: 1_999 } });
    expect(read(nullable, { ...order, items: null })).toMatchObject({ ok: true, value: { items: 0 } });
    expect(read(nullable, { ...order, amountMinor: null })).toEqual({
      ok: false,
      reason: 'undecodable',
      detail: 'amountMinor of the Order is null: give an integer below 2^53 (schema id 4711).',
    });
    expect(read(nullable, { ...order, customerId: null })).toMatchObject({ ok: false, reason: 'missing-customer-id' });
  });

  test('a table as ksqlDB writes it: another name, text for enums', () => {
    const schema = JSON.parse(nullable);
    const fields = schema.fields.map((field: { name: string }) =>
      field.name === 'status' ? { name: 'status', type: ['null', 'string'], default: null } : field,
    );
    const text = JSON.stringify({ ...schema, name: 'KsqlDataSourceSchema', fields });
    expect(read(text, order)).toMatchObject({ ok: true, value: { kind: 'order' } });
    expect(read(text, { ...order, status: 'shipped' })).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/status of the Order is "shipped": give one of placed, refunded, cancelled/),
    });
  });

  test('a writer with one more symbol: only records that carry it are refused', () => {
    const text = ORDER.text.replace('"cancelled"]', '"cancelled", "shipped"]');
    expect(text).not.toBe(ORDER.text);
    expect(read(text, order)).toMatchObject({ ok: true });
    expect(read(text, { ...order, status: 'shipped' })).toMatchObject({
      ok: false,
      reason: 'undecodable',
      detail: expect.stringMatching(/^status of the Order is "shipped": give one of/),
    });
  });

  test('a writer that differs in the unit of time alone', () => {
    const text = ORDER.text.replace('timestamp-millis', 'timestamp-micros');
    const value = written(text, { ...order, eventTime: order.eventTime * 1000 });
    expect(readFrom(text, value)).toMatchObject({ ok: true, value: { timeS: NOW / 1000 - 2 } });
  });

  test('the name of another record: a click has all that a review needs, and is none', () => {
    const reader = new EventCodec(RULES, () => ({ schemaType: 'AVRO', text: CLICK.text }));
    expect(reader.decodeEvent(REVIEWS, PARTITION, encodeFramed(CLICK, click), NOW)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/can't be read as Review: the record is a Click/),
    });
  });

  test('framed JSON, if the id is that of a JSON Schema', () => {
    const text = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}';
    const reader = new EventCodec(RULES, (id) => (id === 4711 ? { schemaType: 'JSON', text } : ownSchemas(id)));
    const framed = (body: string) => Buffer.concat([Buffer.from([0, 0, 0, 0x12, 0x67]), Buffer.from(body)]);
    const outcome = (body: string) => reader.decodeEvent(0, PARTITION, framed(body), NOW);
    expect(outcome(JSON.stringify(order))).toMatchObject({ ok: true, value: { eventId: 'o-1:placed' } });
    expect(outcome('[]')).toMatchObject({ ok: false, detail: expect.stringMatching(/no JSON object/) });
    expect(outcome('{"a":')).toMatchObject({ ok: false, detail: expect.stringMatching(/no JSON/) });
  });

  test('a schema of another type', () => {
    const reader = new EventCodec(RULES, () => ({ schemaType: 'PROTOBUF', text: 'syntax = "proto3";' }));
    expect(reader.decodeEvent(0, PARTITION, encodeFramed(ORDER, order), NOW)).toMatchObject({
      ok: false,
      reason: 'undecodable',
      detail: expect.stringMatching(/the schema is PROTOBUF, send Avro or JSON/),
    });
  });

  test('ticks are read by their own contract, whatever the schema registry says about its id', () => {
    const reader = new EventCodec(RULES, () => ({ schemaType: 'AVRO', text: CLICK.text }));
    expect(reader.decodeTick(encodeFramed(TICK, tick), NOW)).toMatchObject({ ok: true, value: { shard: 3 } });
  });

  test('an id that is added to the schema registry later can be read from then on', () => {
    let text: string | undefined;
    const reader = new EventCodec(RULES, () => (text === undefined ? undefined : { schemaType: 'AVRO', text }));
    const value = encodeFramed(ORDER, order);
    expect(reader.decodeEvent(0, PARTITION, value, NOW)).toMatchObject({ ok: false, reason: 'unknown-schema' });
    text = ORDER.text;
    expect(reader.decodeEvent(0, PARTITION, value, NOW)).toMatchObject({ ok: true });
  });
});

describe('what bad input gets: one literal reason, with a sentence that names subject and fix', () => {
  const tooLong = 'x'.repeat(513);
  const avro = (fields: object) => encodeFramed(ORDER, { ...order, ...fields });
  const unknownId = Buffer.from(avro({}));
  unknownId.writeUInt32BE(99, 1);
  /** Bytes of an order whose amount is 2^60, which no number holds exactly. */
  const wideLong = Buffer.concat([
    Buffer.from('0000000001' + '00' + '026f' + '0263', 'hex'),
    Buffer.from('80c0cce58a63', 'hex'),
    Buffer.from('80808080808080802006455552' + '00' + '00', 'hex'),
  ]);

  test.each(['eur', 'Eur', ' EUR '])('the currency %j is EUR: ISO 4217 in any case, as in files', (currency) => {
    const upper = decodeOrder({});
    expect(upper).toMatchObject({ ok: true });
    expect(decodeOrder({ currency })).toEqual(upper);
    expect(decode(ORDERS as number, json({ ...order, currency }))).toEqual(upper);
  });

  test.each<[string, number, Uint8Array | null, string, RegExp]>([
    ['a tombstone', 0, null, 'undecodable', /no value/],
    ['an empty value', 0, Buffer.alloc(0), 'undecodable', /no value/],
    ['a foreign first byte', 0, Buffer.from('hello'), 'undecodable', /byte 68/],
    ['a frame without an id', 0, Buffer.from([0, 0, 1]), 'undecodable', /3 bytes/],
    ['truncated Avro', 0, avro({}).subarray(0, 20), 'undecodable', /end before/],
    ['trailing bytes', 0, Buffer.concat([avro({}), Buffer.from([1])]), 'undecodable', /1 bytes after/],
    ['a click among the orders', 0, encodeFramed(CLICK, click), 'undecodable', /id 2 can't be read as Order/],
    [
      'an unknown status',
      0,
      Buffer.concat([Buffer.from([0, 0, 0, 0, 1, 40]), avro({}).subarray(6)]),
      'undecodable',
      /Order/,
    ],
    ['a long beyond 2^53', 0, wideLong, 'undecodable', /precision/],
    ['an unknown schema id', 0, unknownId, 'unknown-schema', /id 99 .*registry/],
    ['broken JSON', 0, Buffer.from('{"orderId":'), 'undecodable', /no JSON/],
    ['JSON without a required field', 0, json({ ...order, currency: undefined }), 'undecodable', /currency is missing/],
    ['JSON: a number for a text', 0, json({ ...order, orderId: 17 }), 'undecodable', /orderId of the Order is 17/],
    ['JSON: a fraction of a cent', 0, json({ ...order, amountMinor: 10.5 }), 'undecodable', /amountMinor/],
    ['JSON: an amount beyond 2^53', 0, json({ ...order, amountMinor: 2 ** 53 }), 'undecodable', /below 2\^53/],
    ['JSON: items beyond an int', 0, json({ ...order, items: 2 ** 31 }), 'undecodable', /below 2\^31/],
    ['JSON: a status nobody knows', 0, json({ ...order, status: 'shipped' }), 'undecodable', /placed, refunded/],
    [
      'JSON: a time without a zone',
      0,
      json({ ...order, eventTime: '2024-05-01T12:00:00' }),
      'undecodable',
      /with a zone/,
    ],
    [
      'JSON: a month that is none',
      0,
      json({ ...order, eventTime: '2024-13-01T12:00:00Z' }),
      'undecodable',
      /eventTime/,
    ],
    ['JSON: a day that is none', 0, json({ ...order, eventTime: '2024-02-30T12:00:00Z' }), 'undecodable', /eventTime/],
    [
      'JSON: 30 February',
      0,
      json({ ...order, eventTime: '2026-02-30T10:00:00Z' }),
      'undecodable',
      /no day 2026-02-30\.$/,
    ],
    ['JSON: 31 April', 0, json({ ...order, eventTime: '2026-04-31' }), 'undecodable', /there is no day 2026-04-31\.$/],
    [
      'JSON: hour 25',
      0,
      json({ ...order, eventTime: '2026-04-30T25:00:00Z' }),
      'undecodable',
      /no time of day 25:00:00/,
    ],
    [
      'JSON: another form',
      0,
      json({ ...order, eventTime: '30/04/2026' }),
      'undecodable',
      /give .*ISO 8601 with a zone/,
    ],
    [
      'JSON behind a frame, under an id that is Avro here',
      0,
      Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), json(order)]),
      'undecodable',
      /schema id 1 looks like JSON.*SCHEMA_REGISTRY_URL/,
    ],
    [
      'JSON behind a frame, under an unknown id',
      0,
      Buffer.concat([Buffer.from([0, 0, 0, 0, 99]), json(order)]),
      'unknown-schema',
      /schema id 99 looks like JSON.*SCHEMA_REGISTRY_URL/,
    ],
    [
      'Protobuf behind a frame',
      0,
      Buffer.from('0000000001' + '00' + '0a036f2d31' + '120362656e' + '20c83e', 'hex'),
      'undecodable',
      /looks like Protobuf.*send Avro or JSON/,
    ],
    ['JSON: another union branch', 0, json({ ...order, eventId: { bytes: 'x' } }), 'undecodable', /eventId/],
    ['an empty customer id', 0, avro({ customerId: '' }), 'missing-customer-id', /customerId/],
    ['a blank customer id', 0, avro({ customerId: '  ' }), 'missing-customer-id', /customerId/],
    ['JSON without a customer id', 0, json({ ...order, customerId: undefined }), 'missing-customer-id', /customerId/],
    ['JSON with a null customer id', 1, json({ ...click, customerId: null }), 'missing-customer-id', /customerId/],
    ['a negative amount on a placed order', 0, avro({ amountMinor: -1 }), 'negative-amount', /o-1 .*refund/],
    ['a negative amount on a refund', 0, avro({ status: 'refunded', amountMinor: -1 }), 'negative-amount', /positive/],
    ['another currency', 0, avro({ currency: 'USD' }), 'wrong-currency', /USD.*EUR/],
    ['an old code in lower case', 0, json({ ...order, currency: 'usd' }), 'wrong-currency', /usd.*EUR/],
    ['no currency', 0, avro({ currency: '' }), 'wrong-currency', /no currency/],
    ['another customer’s partition', 0, avro({ customerId: 'customer-2' }), 'wrong-partition', /customer-2 .*murmur2/],
    ['a time before 1990', 0, avro({ eventTime: NOW / 1000 }), 'time-out-of-range', /1970.*milliseconds/],
    ['a time in the far future', 0, avro({ eventTime: NOW + 60_001 }), 'time-out-of-range', /clock/],
    ['a time no calendar holds', 0, avro({ eventTime: 9e15 }), 'time-out-of-range', /9000000000000000 ms/],
    [
      'an amount that no sum holds',
      0,
      avro({ amountMinor: Number.MAX_SAFE_INTEGER - 1 }),
      'invalid-value',
      /Order o-1 \(placed\) has amount 9007199254740990, more than 100000000000000 minor units/,
    ],
    ...['placed', 'refunded', 'cancelled'].map((status): [string, number, Uint8Array, string, RegExp] => [
      `an amount one above the bound, ${status}`,
      0,
      avro({ status, amountMinor: 1e14 + 1 }),
      'invalid-value',
      /100000000000001, more than/,
    ]),
    ['JSON: an amount above the bound', 0, json({ ...order, amountMinor: 1e14 + 1 }), 'invalid-value', /more than/],
    ['an empty order id', 0, avro({ orderId: '' }), 'invalid-value', /orderId/],
    ['an order id of 513 characters', 0, avro({ orderId: tooLong, eventId: 'e' }), 'invalid-value', /513/],
    ['an empty event id', 1, encodeFramed(CLICK, { ...click, eventId: '' }), 'invalid-value', /eventId/],
    ['negative items', 0, avro({ items: -1 }), 'invalid-value', /items -1/],
    ['a negative dwell', 2, encodeFramed(BROWSE, { ...browse, dwellSeconds: -5 }), 'invalid-value', /dwellSeconds/],
    ...[0, 6, -1].map((stars): [string, number, Uint8Array, string, RegExp] => [
      `a review of ${stars} stars`,
      REVIEWS,
      encodeFramed(REVIEW, { ...review, stars }),
      'invalid-value',
      /stars: give 1 to 5, or none/,
    ]),
    [
      'JSON that is nested deeper than the stack',
      0,
      Buffer.from(`{"status":"placed","orderId":"o","customerId":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
      'undecodable',
      /customerId of the Order is \[{60}: give/,
    ],
    ['half a star', REVIEWS, json({ ...review, stars: 3.5 }), 'undecodable', /stars of the Review is 3.5/],
    ['a customer id of 513 characters', 0, avro({ customerId: tooLong }), 'invalid-value', /512/],
    [
      'half a surrogate pair',
      0,
      Buffer.from(JSON.stringify({ ...order, customerId: '\ud800' })),
      'invalid-value',
      /Unicode/,
    ],
  ])('%s', (_name, topic, value, reason, detail) => {
    expect(decode(topic, value)).toEqual({ ok: false, reason, detail: expect.stringMatching(detail) });
  });

  test.each<[string, Uint8Array | null, Uint8Array | null, string, RegExp]>([
    ['keyed by another', json(customer), Buffer.from('else'), 'invalid-value', /keyed otherwise: key it by customerId/],
    ['without key', json(customer), null, 'invalid-value', /key it by customerId/],
    ['without customerId', json({ ageBand: '18-24' }), KEY, 'missing-customer-id', /customerId/],
    ['a deletion without key', null, null, 'missing-customer-id', /customerId/],
    ['a deletion in another partition', null, Buffer.from('customer-2'), 'wrong-partition', /customer-2 .*murmur2/],
    ['an age that is no text', json({ ...customer, ageBand: 31 }), KEY, 'undecodable', /ageBand of the Customer is 31/],
    ['a region of 65 characters', json({ ...customer, region: 'x'.repeat(65) }), KEY, 'invalid-value', /at most 64/],
    ['a far future', json({ ...customer, eventTime: NOW + 60_001 }), KEY, 'time-out-of-range', /clock/],
  ])('a customer %s', (_name, value, key, reason, detail) => {
    expect(decodeCustomer(value, key)).toEqual({ ok: false, reason, detail: expect.stringMatching(detail) });
  });

  test.each([
    ['shard past the end', { ...tick, shard: 8 }, 'invalid-value'],
    ['no shards', { ...tick, shard: 0, shards: 0 }, 'invalid-value'],
    ['far future', { ...tick, asOf: NOW + 61_000 }, 'time-out-of-range'],
  ])('a tick: %s', (_name, record, reason) => {
    expect(codec.decodeTick(encodeFramed(TICK, record), NOW)).toMatchObject({ ok: false, reason });
  });

  test('ticks carry no customer events', () => {
    expect(decode(3, encodeFramed(TICK, tick))).toMatchObject({ ok: false, reason: 'undecodable' });
  });

  test.each([2 ** 53, 2 ** 60, 4_102_444_800_001, Number.NaN])('a log timestamp of %s ms is refused', (timestampMs) => {
    const refused = { ok: false, reason: 'invalid-value', detail: expect.stringMatching(/timestamp is .*2100/) };
    expect(codec.decodeEvent(0, PARTITION, avro({}), timestampMs)).toEqual(refused);
    expect(codec.decodeTick(encodeFramed(TICK, tick), timestampMs)).toEqual(refused);
    expect(codec.decodeEvent(CUSTOMERS_TOPIC, PARTITION, null, timestampMs, KEY)).toEqual(refused);
    expect(boundedTimestampMs(timestampMs)).toBe(Number.isNaN(timestampMs) ? 0 : 4_102_444_800_000);
  });

  test('no event is dated after 2100, even if the log received it then', () => {
    const eventTime = 4_102_444_800_001;
    const late = codec.decodeEvent(0, PARTITION, avro({ eventTime }), 4_102_444_800_000);
    expect(late).toMatchObject({ ok: false, reason: 'time-out-of-range', detail: expect.stringMatching(/after 2100/) });
  });

  test('an amount at the bound is accepted', () => {
    expect(decodeOrder({ amountMinor: 1e14 })).toMatchObject({ ok: true, value: { amountMinor: 1e14 } });
  });

  test('a record at the very edges of time is accepted', () => {
    expect(decodeOrder({ eventTime: NOW + 60_000 }).ok).toBe(true);
    expect(decodeOrder({ eventTime: 631_152_000_000 }).ok).toBe(true);
  });

  test.each([
    ['an order', 0, encodeFramed(ORDER, { ...order, eventTime: NOW + 42_000 })],
    ['a click', 1, encodeFramed(CLICK, { ...click, eventTime: NOW + 42_000 })],
    ['a browse', 2, encodeFramed(BROWSE, { ...browse, eventTime: NOW + 42_000 })],
    ['a review', REVIEWS, encodeFramed(REVIEW, { ...review, eventTime: NOW + 42_000 })],
    ['a customer', CUSTOMERS_TOPIC, encodeFramed(CUSTOMER_CONTRACT, { ...customer, eventTime: NOW + 42_000 })],
  ])('%s dated after its record counts as of the record', (_name, topic, value) => {
    const decoded = codec.decodeEvent(topic, PARTITION, value, NOW, KEY);
    expect(decoded).toMatchObject({ ok: true, value: { timeS: NOW / 1000, statedS: NOW / 1000 + 42 } });
  });

  test('a tick dated after its record counts as of the record', () => {
    const ahead = encodeFramed(TICK, { ...tick, asOf: NOW + 42_000 });
    expect(codec.decodeTick(ahead, NOW)).toMatchObject({ ok: true, value: { asOfS: NOW / 1000 } });
  });

  test('an event that its record does not hold back states no other time', () => {
    expect(decodeOrder({})).not.toHaveProperty('value.statedS');
  });

  test('a repeat whose record is later has the same identity', () => {
    const value = encodeFramed(ORDER, { ...order, eventTime: NOW + 42_000 });
    const identities = [0, 7_000, 41_000, 42_000, 99_000].map((laterMs) => {
      const decoded = codec.decodeEvent(0, PARTITION, value, NOW + laterMs);
      return decoded.ok ? identityOf(decoded.value) : null;
    });
    expect(new Set(identities).size).toBe(1);
    expect(identities[0]).not.toBeNull();
  });

  test('arrival trusts the producer, crc32 is librdkafka’s', () => {
    const other = (PARTITION + 1) % 12;
    const trusting = new EventCodec({ ...RULES, hash: 'arrival' });
    expect(trusting.decodeEvent(0, other, avro({}), NOW).ok).toBe(true);
    const crc = new EventCodec({ ...RULES, hash: 'crc32' });
    const accepted = Array.from({ length: 12 }, (_, p) => crc.decodeEvent(0, p, avro({}), NOW).ok);
    expect(accepted.filter(Boolean)).toHaveLength(1);
  });
});

describe('whatever the bytes, a value or a reason', () => {
  const SEED = 77;
  const ROUNDS = 10_000;
  const encoder = new EventEncoder('EUR');
  const event: CustomerEvent = {
    kind: 'order',
    customerId: CUSTOMER,
    eventId: 'o-1',
    timeS: NOW / 1000,
    amountMinor: 1_999,
    items: 3,
    dwellS: 0,
    stars: 0,
  };
  const valid = [
    encoder.encodeEvent(event).value,
    encoder.encodeEvent({ ...event, kind: 'click' }).value,
    encoder.encodeEvent({ ...event, kind: 'browse' }).value,
    encoder.encodeEvent({ ...event, kind: 'review', stars: 3 }).value,
    encoder.encodeTick({ asOfS: 1, shard: 0, shards: 1 }),
    json({ ...order, eventId: { string: 'x' } }),
    json(click),
    json(browse),
    json(review),
  ];
  const withArray = JSON.parse(ORDER.text);
  withArray.fields.unshift(
    { name: 'tags', type: { type: 'array', items: 'null' } },
    { name: 'more', type: { type: 'map', values: 'long' } },
  );
  const reader = new EventCodec({ ...RULES, hash: 'arrival' }, (id) =>
    id === 8 ? { schemaType: 'AVRO', text: JSON.stringify(withArray) } : ownSchemas(id),
  );

  function outcome(topic: number, value: Uint8Array): Decoded<unknown> {
    const decoded = topic === 3 ? reader.decodeTick(value, NOW) : reader.decodeEvent(topic, 0, value, NOW);
    if (!decoded.ok) {
      expect(DEAD_LETTER_REASONS).toContain(decoded.reason);
      expect(decoded.detail).not.toBe('');
    }
    return decoded;
  }

  test(`random bytes, seed ${SEED}`, () => {
    const random = mulberry32(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)));
      if (random() < 0.8) Buffer.from([0, 0, 0, 0, 1 + Math.floor(random() * 9)]).copy(bytes);
      outcome(Math.floor(random() * 4), bytes);
    }
  });

  test(`mutated records, seed ${SEED + 1}`, () => {
    const random = mulberry32(SEED + 1);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.from(valid[Math.floor(random() * valid.length)] as Uint8Array);
      const changes = 1 + Math.floor(random() * 3);
      for (let i = 0; i < changes; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      outcome(
        Math.floor(random() * 4),
        random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes,
      );
    }
  });
});
