import { Type } from 'avsc';
import { Misfit, resolveAvro } from '../../src/serde/avro-resolution';
import { parseReader, parseWriter } from '../../src/serde/writer-schema';
import { type Seeded, seeded, testSeed } from '../support/seeded';

type Schema = unknown;

const record = (fields: Record<string, Schema>, name = 'R') => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});

/** A datum as `writer` encodes it (unions wrapped), as `reader` reads it. */
function read(writer: Schema, reader: Schema, datum: unknown): unknown {
  const written = parseWriter(JSON.stringify(writer));
  const resolution = resolveAvro(written, parseReader(JSON.stringify(reader)), 'R');
  if ('fault' in resolution) throw new Error(`fault: ${resolution.fault}`);
  return resolution.convert(written.fromBuffer(written.toBuffer(datum)));
}

const readField = (writer: Schema, reader: Schema, datum: unknown) =>
  (read(record({ f: writer }), record({ f: reader }), { f: datum }) as { f: unknown }).f;

const instant = { type: 'long', logicalType: 'timestamp-millis' };
const logical = (logicalType: string, type = 'long') => ({ type, logicalType });
const decimal = (scale: number, type: string | object = 'bytes') =>
  typeof type === 'string' ? { type, logicalType: 'decimal', precision: 20, scale } : { ...type, scale };
const bytes = (...values: number[]) => Buffer.from(values);
const NOW = Date.UTC(2026, 10, 20, 10);

describe('a datum is resolved by what it is, not by what its schema allows', () => {
  test.each<[string, Schema, Schema, unknown, unknown]>([
    ['a nullable field with a value', ['null', 'string'], 'string', { string: 'x' }, 'x'],
    ['null second', ['string', 'null'], 'string', { string: 'x' }, 'x'],
    ['a union of numbers', ['null', 'int', 'long'], 'long', { int: 5 }, 5],
    ['union to union', ['string', 'null'], ['null', 'string'], null, null],
    ['value to union', 'string', ['null', 'string'], 'x', 'x'],
    ['a wider union', ['null', 'boolean', 'string'], ['null', 'string'], { string: 'x' }, 'x'],
    [
      'a union below an array',
      { type: 'array', items: ['null', 'int'] },
      { type: 'array', items: 'long' },
      [{ int: 1 }],
      [1],
    ],
    [
      'a union below a map',
      { type: 'map', values: ['null', 'string'] },
      { type: 'map', values: 'string' },
      { k: { string: 'v' } },
      { k: 'v' },
    ],
    [
      'a nullable record',
      ['null', record({ a: ['null', 'int'] }, 'N')],
      record({ a: 'int' }, 'N'),
      { N: { a: { int: 3 } } },
      { a: 3 },
    ],
    ['an ambiguous union of the reader', 'int', ['null', 'int', 'double'], 3, { int: 3 }],
    [
      'one more symbol',
      { type: 'enum', name: 'E', symbols: ['a', 'b', 'c'] },
      { type: 'enum', name: 'E', symbols: ['b', 'a'] },
      'a',
      'a',
    ],
    [
      'an enum default',
      { type: 'enum', name: 'E', symbols: ['a', 'c'] },
      { type: 'enum', name: 'E', symbols: ['a', 'x'], default: 'x' },
      'c',
      'x',
    ],
    ['text for an enum', ['null', 'string'], { type: 'enum', name: 'E', symbols: ['a'] }, { string: 'a' }, 'a'],
    ['an enum for a text', { type: 'enum', name: 'E', symbols: ['EUR'] }, 'string', 'EUR', 'EUR'],
    ['int to double', 'int', 'double', 3, 3],
    ['bytes to text', 'bytes', 'string', Buffer.from('ü'), 'ü'],
    ['text to bytes', 'string', 'bytes', 'ü', Buffer.from('ü')],
    ['a small long to int', 'long', 'int', 7, 7],
    ['a whole double to long', 'double', 'long', 4250, 4250],
    ['timestamp-micros', logical('timestamp-micros'), instant, NOW * 1000 + 999, NOW],
    ['timestamp-micros before 1970', logical('timestamp-micros'), instant, -1, -1],
    ['timestamp-nanos', logical('timestamp-nanos'), instant, BigInt(NOW) * 1_000_000n + 1n, NOW],
    ['local-timestamp-millis', logical('local-timestamp-millis'), instant, NOW, NOW],
    ['local-timestamp-micros', logical('local-timestamp-micros'), instant, NOW * 1000, NOW],
    ['local-timestamp-nanos', logical('local-timestamp-nanos'), instant, BigInt(NOW) * 1_000_000n, NOW],
    ['date', logical('date', 'int'), instant, 20_000, 20_000 * 86_400_000],
    ['a nullable timestamp-micros', ['null', logical('timestamp-micros')], instant, { long: NOW * 1000 }, NOW],
    ['a plain long as instant', 'long', instant, NOW, NOW],
    ['a text as instant', 'string', instant, '2026-11-20T10:00:00Z', NOW],
    [
      'Debezium without logical type',
      { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' },
      instant,
      NOW * 1000,
      NOW,
    ],
    ['a decimal in bytes', decimal(0), 'long', bytes(0x10, 0x9a), 4250],
    ['a negative decimal', decimal(0), 'long', bytes(0xff), -1],
    ['a decimal with zeros', decimal(2), 'long', bytes(0x06, 0x7c, 0x28), 4250],
    [
      'a decimal in fixed',
      decimal(0, { type: 'fixed', name: 'F', size: 4, logicalType: 'decimal', precision: 9 }),
      'int',
      bytes(0, 0, 0, 3),
      3,
    ],
    [
      'a uuid in fixed',
      { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' },
      'string',
      Buffer.alloc(16, 1),
      '01010101-0101-0101-0101-010101010101',
    ],
    ['an unknown logical type', logical('fortnights'), 'long', 3, 3],
  ])('%s', (_name, writer, reader, datum, expected) => {
    expect(readField(writer, reader, datum)).toEqual(expected);
  });

  test.each<[string, Schema, Schema, unknown, RegExp]>([
    ['null', ['null', 'long'], 'long', null, /^f of the R is null: give an integer below 2\^53$/],
    [
      'null of a nullable enum',
      ['null', { type: 'enum', name: 'E', symbols: ['a'] }],
      { type: 'enum', name: 'E', symbols: ['a'] },
      null,
      /null: give one of a/,
    ],
    [
      'the new symbol',
      { type: 'enum', name: 'E', symbols: ['a', 'shipped'] },
      { type: 'enum', name: 'E', symbols: ['a'] },
      'shipped',
      /f of the R is "shipped": give one of a/,
    ],
    ['another branch', ['long', 'boolean'], 'long', { boolean: true }, /f of the R has type boolean/],
    ['a fraction', 'double', 'long', 42.5, /is 42.5: give an integer/],
    ['not a number', 'double', 'long', Number.NaN, /give an integer/],
    ['a decimal with a fraction', decimal(2), 'long', bytes(0x10, 0x9a), /is 42.50: give an integer/],
    ['a decimal beyond 2^53', decimal(0), 'long', Buffer.alloc(20, 0x7f), /give an integer below 2\^53/],
    ['a decimal of a megabyte', decimal(0), 'long', Buffer.alloc(2 ** 20, 1), /is 1048576 bytes/],
    ['a long beyond an int', 'long', 'int', 2 ** 31, /is 2147483648: give an integer below 2\^31/],
    ['a long beyond 2^53', 'long', 'long', 2n ** 60n, /is 1152921504606846976: give/],
    [
      '30 February',
      'string',
      instant,
      '2026-02-30T10:00:00Z',
      /is "2026-02-30T10:00:00Z": give a time that exists, there is no day 2026-02-30/,
    ],
    [
      'a null item',
      { type: 'array', items: ['null', 'int'] },
      { type: 'array', items: 'int' },
      [null],
      /f.\[\] of the R is null/,
    ],
  ])('%s costs this datum, and the message names field and value', (_name, writer, reader, datum, message) => {
    const attempt = () => readField(writer, reader, datum);
    expect(attempt).toThrow(Misfit);
    expect(attempt).toThrow(message);
  });

  test.each<[string, Schema, Schema, RegExp]>([
    [
      'a type that never fits',
      record({ f: 'boolean' }),
      record({ f: 'long' }),
      /f of the R has type boolean: give an integer/,
    ],
    ['a union of such types', record({ f: ['null', 'boolean'] }), record({ f: 'long' }), /f of the R has type boolean/],
    ['a field without default', record({ g: 'long' }), record({ f: 'long' }), /the writer's R has no field f$/],
    ['a field in other letters', record({ F: 'long' }), record({ f: 'long' }), /no field f, only F/],
    ['a number as text', record({ f: 'long' }), record({ f: 'string' }), /f of the R has type long: give a text/],
    [
      'fixed of another size',
      record({ f: { type: 'fixed', name: 'A', size: 1 } }),
      record({ f: { type: 'fixed', name: 'A', size: 2 } }),
      /type fixed/,
    ],
    ['no record', 'string', record({ f: 'long' }), /the R has type string/],
  ])('%s costs all data, and the fault names it', (_name, writer, reader, message) => {
    expect(() => read(writer, reader, undefined)).toThrow(message);
  });
});

describe('what the reader adds', () => {
  const withDefault = (type: Schema, value: unknown, aliases: string[] = []) => ({
    type: 'record',
    name: 'R',
    fields: [{ name: 'f', type, default: value, aliases }],
  });

  test('a default for a field that the writer lacks, a new copy each time', () => {
    const reader = withDefault({ type: 'array', items: 'int' }, [1]);
    const first = read(record({ g: 'int' }), reader, { g: 1 }) as { f: number[] };
    expect(first).toEqual({ f: [1] });
    first.f.push(2);
    expect(read(record({ g: 'int' }), reader, { g: 1 })).toEqual({ f: [1] });
  });

  test('null in a field that has a default and is not nullable counts as absent', () => {
    expect(read(record({ f: ['null', 'int'] }), withDefault('int', 7), { f: null })).toEqual({ f: 7 });
    expect(read(record({ f: ['null', 'int'] }), withDefault(['null', 'int'], null), { f: null })).toEqual({ f: null });
  });

  test('aliases', () => {
    expect(read(record({ old: 'int' }), withDefault('int', 7, ['old']), { old: 3 })).toEqual({ f: 3 });
  });

  test('any name of the outermost record, in a union of records too', () => {
    expect(read(record({ f: 'int' }, 'KsqlDataSourceSchema'), record({ f: 'int' }), { f: 1 })).toEqual({ f: 1 });
    const union = [record({ f: 'int' }, 'A'), record({ g: 'int' }, 'B')];
    expect(read(union, record({ f: 'int' }), { A: { f: 1 } })).toEqual({ f: 1 });
    expect(() => read(union, record({ f: 'int' }), { B: { g: 1 } })).toThrow(/the writer's B has no field f/);
  });
});

test('a writer with a wrong default, and fields that nobody reads, wide ones too', () => {
  const writer = {
    ...record({ f: 'int', wide: 'long', more: { type: 'map', values: ['null', 'long'] } }),
    aliases: ['Old'],
  };
  (writer.fields[0] as { default?: unknown }).default = 'none';
  const datum = { f: 1, wide: 2n ** 62n, more: { k: { long: -(2n ** 62n) } } };
  expect(read(writer, record({ f: 'int' }), datum)).toEqual({ f: 1 });
});

/** avsc resolves whole schemas. Where that is possible, the datum must come out the same. */
describe("laws against avsc's own resolution", () => {
  const SEED = testSeed();
  const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
    int: ['int', 'long', 'float', 'double'],
    long: ['long', 'double'],
    float: ['float', 'double'],
    double: ['double'],
    string: ['string'],
    boolean: ['boolean'],
    bytes: ['bytes'],
  };

  /** A pair that the specification resolves whatever the datum is. */
  function pair(random: Seeded, depth: number, names: { next: number }): [Schema, Schema] {
    const kind = depth === 0 ? 'leaf' : random.pick(['leaf', 'leaf', 'record', 'array', 'map', 'nullable', 'enum']);
    if (kind === 'leaf') {
      const writer = random.pick(Object.keys(PROMOTIONS));
      return [writer, random.pick(PROMOTIONS[writer]!)];
    }
    const name = `N${names.next++}`;
    if (kind === 'enum') {
      const symbols = ['A', 'B', 'C'].slice(0, 1 + random.below(3));
      const schema = (all: string[]) => ({ type: 'enum', name, symbols: all });
      return [schema(symbols), schema([...symbols, 'D'].reverse())];
    }
    if (kind === 'record') {
      const fields = Array.from(
        { length: 1 + random.below(4) },
        (_, i) => [`f${i}`, pair(random, depth - 1, names)] as const,
      );
      const writer = fields.map(([field, [type]]) => ({ name: field, type }));
      const reader = fields.filter(() => random.next() < 0.8).map(([field, [, type]]) => ({ name: field, type }));
      const added = { name: 'added', type: 'int', default: random.below(100) };
      return [
        { type: 'record', name, fields: writer },
        { type: 'record', name, fields: random.next() < 0.5 ? [added, ...reader] : [...reader, added] },
      ];
    }
    const [writer, reader] = pair(random, depth - 1, names);
    if (kind === 'array')
      return [
        { type: 'array', items: writer },
        { type: 'array', items: reader },
      ];
    if (kind === 'map')
      return [
        { type: 'map', values: writer },
        { type: 'map', values: reader },
      ];
    if (Array.isArray(writer)) return [writer, reader];
    return [['null', writer], random.next() < 0.5 ? ['null', reader] : [reader, 'null']];
  }

  test(`random schemas and data, seed ${SEED}`, () => {
    const random = seeded(SEED);
    for (let round = 0; round < 300; round++) {
      const [writer, reader] = pair(random, 4, { next: 0 });
      const [plainWriter, plainReader] = [writer, reader].map((schema) => Type.forSchema(schema as never));
      const resolver = plainReader!.createResolver(plainWriter!);
      const written = parseWriter(JSON.stringify(writer));
      const resolution = resolveAvro(written, parseReader(JSON.stringify(reader)), 'R');
      if ('fault' in resolution) throw new Error(`${resolution.fault}: ${JSON.stringify([writer, reader])}`);
      for (let i = 0; i < 5; i++) {
        const encoded = plainWriter!.toBuffer(plainWriter!.random());
        const expected = plainReader!.fromBuffer(encoded, resolver);
        expect(plainReader!.toBuffer(resolution.convert(written.fromBuffer(encoded)))).toEqual(
          plainReader!.toBuffer(expected),
        );
      }
    }
  });
});
