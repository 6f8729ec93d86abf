import { mulberry32 } from '../../src/domain/math/random';
import { type ClvUpdate, ORDER_PROBABILITY_HORIZONS_DAYS, VALUE_HORIZONS_DAYS } from '../../src/domain/update';
import { CLV_UPDATE, CLV_UPDATE_V1, ownSchemas, parseSchema } from '../../src/serde/contracts';
import { UpdateCodec, UpdateFieldError } from '../../src/serde/update-codec';
import { toUpdateRecord } from '../../src/serde/update-record';
import { randomUpdate } from '../support/updates';

const SEED = 4;
const codec = new UpdateCodec();

/** A type without its texts for people. */
const plain = (type: unknown): unknown =>
  JSON.parse(JSON.stringify(type, (key, each) => (key === 'doc' ? undefined : each)));

describe('CLV updates', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'none with %s in any of its numbers is written, and the next one is whole',
    (wrong) => {
      const update = randomUpdate(mulberry32(SEED));
      const expected = codec.encode(update);
      const { prediction: p, history, change } = update;
      const broken: [string, ClvUpdate][] = [
        ['predictedClv365d', { ...update, prediction: { ...p, clv: [1, 2, wrong] } }],
        ['predictedOrders30d', { ...update, prediction: { ...p, orders: [wrong, 1, 2] } }],
        ['nextOrderDaysP50', { ...update, prediction: { ...p, nextOrderDays: [1, wrong, null] } }],
        ['clv365dP90', { ...update, prediction: { ...p, clv365Quantiles: [1, 2, wrong] } }],
        ['historicClv', { ...update, history: { ...history, historicClv: wrong } }],
        ['value', { ...update, value: wrong }],
        ['silenceEffect', { ...update, change: { ...change, silence: wrong } }],
      ];
      for (const [field, each] of broken) {
        expect(() => codec.encode(each)).toThrow(UpdateFieldError);
        expect(() => codec.encode(each)).toThrow(`${field} of the update is ${wrong}`);
        expect(codec.encode(update)).toEqual(expected);
      }
    },
  );

  test(`decode(encode(u)) is u, bit for bit, seed ${SEED}`, () => {
    const random = mulberry32(SEED);
    for (let i = 0; i < 500; i++) {
      const update = randomUpdate(random);
      expect(codec.decode(codec.encode(update))).toEqual({ ok: true, value: update });
    }
  });

  test('the frame carries schema id 11, and 5 if no cuts are named, which earlier readers decode', () => {
    const update = { ...randomUpdate(mulberry32(1)), tierCuts: 't-1', previousTier: 'gold' as const };
    expect(Buffer.from(codec.encode(update)).subarray(0, 5).toString('hex')).toBe('000000000b');
    const without = { ...update, tierCuts: '', previousTier: null };
    const bytes = Buffer.from(codec.encode(without));
    expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000005');
    const { value, offset } = parseSchema(CLV_UPDATE_V1.text).decode(bytes, 5);
    expect(offset).toBe(bytes.length);
    const { tierCuts: _, previousTier: __, ...first } = toUpdateRecord(without);
    expect({ ...value }).toEqual(first);
  });

  test('the first version of the schema is the beginning of the newest', () => {
    const typesOf = (fields: typeof CLV_UPDATE.fields) => fields.map(({ name, type }) => ({ name, type: plain(type) }));
    const first = typesOf(CLV_UPDATE_V1.fields);
    expect(typesOf(CLV_UPDATE.fields).slice(0, first.length)).toEqual(first);
    const added = CLV_UPDATE.fields.slice(first.length);
    expect(added.map(({ name, default: missing }) => [name, missing])).toEqual([
      ['tierCuts', ''],
      ['previousTier', null],
    ]);
  });

  test('a reader of the first version reads the newest, if its registry has that schema', () => {
    const update = { ...randomUpdate(mulberry32(5)), tierCuts: 't-1', previousTier: 'gold' as const };
    const [first, newest] = [parseSchema(CLV_UPDATE_V1.text), parseSchema(CLV_UPDATE.text)];
    const { value } = first.decode(Buffer.from(codec.encode(update)), 5, first.createResolver(newest));
    const { tierCuts: _, previousTier: __, ...rest } = toUpdateRecord(update);
    expect({ ...value }).toEqual(rest);
  });

  test('a folder of schemas need not have the own ones, and can not replace them', () => {
    const update = { ...randomUpdate(mulberry32(3)), tierCuts: 't-1' };
    const other = { schemaType: 'AVRO', text: '"string"' } as const;
    for (const folder of [() => undefined, () => other]) {
      expect(new UpdateCodec(folder).decode(codec.encode(update))).toEqual({ ok: true, value: update });
    }
  });

  test('with an id of a schema registry, all updates carry it, with or without cuts', () => {
    const registered = new UpdateCodec(
      (id) => (id === 70_000 ? { schemaType: 'AVRO', text: CLV_UPDATE.text } : undefined),
      70_000,
    );
    for (const tierCuts of ['t-1', '']) {
      const update = { ...randomUpdate(mulberry32(4)), tierCuts, previousTier: null };
      const bytes = Buffer.from(registered.encode(update));
      expect(bytes.readUInt32BE(1)).toBe(70_000);
      expect(registered.decode(bytes)).toEqual({ ok: true, value: update });
    }
  });

  test('the record has exactly the contract’s fields', () => {
    const record = toUpdateRecord(randomUpdate(mulberry32(1)));
    expect(Object.keys(record)).toEqual(CLV_UPDATE.fields.map(({ name }) => name));
  });

  test('the horizons in the field names are the domain’s', () => {
    const names = CLV_UPDATE.fields.map(({ name }) => name);
    for (const days of VALUE_HORIZONS_DAYS) {
      expect(names).toEqual(
        expect.arrayContaining([`predictedOrders${days}d`, `predictedRevenue${days}d`, `predictedClv${days}d`]),
      );
    }
    for (const days of ORDER_PROBABILITY_HORIZONS_DAYS) expect(names).toContain(`orderProbability${days}d`);
  });

  test('dates of the next order follow from the days; null stays null', () => {
    const update = randomUpdate(mulberry32(2));
    const prediction = { ...update.prediction, nextOrderDays: [0.5, 10, null] as const };
    const asOfS = Date.parse('2024-05-01T00:00:00Z') / 1000;
    expect(toUpdateRecord({ ...update, asOfS, prediction })).toMatchObject({
      asOf: Date.parse('2024-05-01T00:00:00Z'),
      expectedNextOrderEarliest: Date.parse('2024-05-01T12:00:00Z'),
      expectedNextOrder: Date.parse('2024-05-11T00:00:00Z'),
      expectedNextOrderLatest: null,
      nextOrderDaysP75: null,
    });
  });

  test('a reader of today reads a writer of tomorrow', () => {
    const schema = JSON.parse(CLV_UPDATE.text);
    const text = JSON.stringify({ ...schema, fields: [{ name: 'region', type: 'string' }, ...schema.fields] });
    const update = randomUpdate(mulberry32(5));
    const body = parseSchema(text).toBuffer({ region: 'north', ...toUpdateRecord(update) });
    const reader = new UpdateCodec((id) => (id === 12 ? { schemaType: 'AVRO', text } : ownSchemas(id)));
    expect(reader.decode(Buffer.concat([Buffer.from([0, 0, 0, 0, 12]), body]))).toEqual({ ok: true, value: update });
  });

  test('a tombstone and mangled counts give a reason', () => {
    expect(codec.decode(null)).toMatchObject({ ok: false, reason: 'undecodable' });
    const bytes = Buffer.from(codec.encode(randomUpdate(mulberry32(6))));
    const random = mulberry32(SEED);
    for (let i = 0; i < 2_000; i++) {
      const mangled = Buffer.from(bytes);
      mangled[5 + Math.floor(random() * (bytes.length - 5))] = Math.floor(random() * 256);
      const decoded = codec.decode(mangled);
      expect(decoded.ok || decoded.reason).toBeTruthy();
    }
  });
});
