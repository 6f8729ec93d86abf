import { Type, types } from 'avsc';

type Json = Record<string, unknown>;

/** A larger scale is no amount, and its power of ten would be slow. */
const MOST_SCALE = 200;

/** Value of the upper four bytes of a long. */
const UPPER = 2 ** 32;

/** Longs of a writer: numbers if they are exact, else bigints. So a wide long in a field that nobody reads does no harm. */
const WIDE_LONG = types.LongType.__with({
  fromBuffer: (buffer: Buffer): number | bigint => {
    const value = buffer.readInt32LE(4) * UPPER + buffer.readUInt32LE(0);
    return Number.isSafeInteger(value) ? value : buffer.readBigInt64LE(0);
  },
  toBuffer: (value: number | bigint): Buffer => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt(value));
    return buffer;
  },
  fromJSON: (value: unknown) => value,
  toJSON: (value: unknown) => value,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** A logical type beside its underlying type. It converts nothing itself, because what to convert to depends on the reader. */
export class NotedLogicalType extends types.LogicalType {
  readonly logicalType: string;
  /** Digits after the decimal point; 0 for all but decimals. */
  readonly scale: number;

  constructor(schema: Json, options?: object) {
    // avsc builds a long of its own below a logical type, so the hook puts the wide one there.
    super(schema as never, schema.type === 'long' ? { ...options, typeHook: () => WIDE_LONG } : options);
    this.logicalType = String(schema.logicalType);
    this.scale = schema.scale === undefined ? 0 : Number(schema.scale);
    // If this throws, avsc leaves the logical type out, as the specification demands for an invalid one.
    if (!(Number.isInteger(this.scale) && this.scale >= 0 && this.scale <= MOST_SCALE)) {
      throw new Error(`scale ${schema.scale} is not a whole number from 0 to ${MOST_SCALE}`);
    }
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }

  protected override _toValue(value: unknown): unknown {
    return value;
  }
}

/** The logical types that a conversion depends on. All others are read as their underlying type. */
const LOGICAL_TYPES = [
  'decimal',
  'uuid',
  'date',
  'timestamp-millis',
  'timestamp-micros',
  'timestamp-nanos',
  'local-timestamp-millis',
  'local-timestamp-micros',
  'local-timestamp-nanos',
] as const;

/** Debezium names its units here, without a logical type. */
const CONNECT_NAMES: Readonly<Record<string, (typeof LOGICAL_TYPES)[number]>> = {
  'io.debezium.time.Date': 'date',
  'io.debezium.time.Timestamp': 'timestamp-millis',
  'io.debezium.time.MicroTimestamp': 'timestamp-micros',
  'io.debezium.time.NanoTimestamp': 'timestamp-nanos',
};

/** A writer's schema: each union keeps the branch of its datum. Throws on text that is not an Avro schema. */
export function parseWriter(text: string): Type {
  return forSchema(onTheWire(JSON.parse(text)), { wrapUnions: true, registry: { long: WIDE_LONG } });
}

/** A reader's schema, with its defaults and logical types. */
export function parseReader(text: string): Type {
  return forSchema(JSON.parse(text), { wrapUnions: 'auto' });
}

/** True if two schemas have the same bytes with the same meaning, so that nothing has to be converted. */
export function isSameOnTheWire(one: string, other: string): boolean {
  return one === other || JSON.stringify(onTheWire(JSON.parse(one))) === JSON.stringify(onTheWire(JSON.parse(other)));
}

function forSchema(schema: unknown, options: object): Type {
  const logicalTypes = Object.fromEntries(LOGICAL_TYPES.map((name) => [name, NotedLogicalType]));
  // avsc's types know neither its custom longs nor a logical type's own fields.
  return Type.forSchema(schema as never, { ...options, logicalTypes } as never);
}

/**
 * The parts of a schema that decide how bytes are read. Defaults are left out, too: a writer's default is never used, so a wrong one must
 * not cost its records.
 */
function onTheWire(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(onTheWire);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type, name, namespace, fields, symbols, items, values, size, precision, scale, ...rest } = schema as Json;
  if (typeof type === 'object') return onTheWire(type);
  const logicalType = rest.logicalType ?? CONNECT_NAMES[String(rest['connect.name'])];
  const wire = {
    type,
    ...present({ name, namespace, symbols, size }),
    ...(Array.isArray(fields)
      ? { fields: fields.map((field) => ({ name: field.name, type: onTheWire(field.type) })) }
      : {}),
    ...present({ items: onTheWire(items), values: onTheWire(values) }),
    ...(logicalType === undefined ? {} : present({ logicalType, precision, scale })),
  };
  return Object.keys(wire).length === 1 ? type : wire;
}

function present(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
