import { Type } from 'avsc';
import type { InputRole } from '../../src/domain/event';
import { BROWSE, CLICK, type Contract, CUSTOMER, ORDER, REVIEW, TICK } from '../../src/serde/contracts';
import type { Seeded } from '../support/seeded';
import { type Fields, jsonText } from './fields';

const CONTRACT_OF: Readonly<Record<InputRole, Contract>> = {
  ...{ orders: ORDER, clicks: CLICK, browses: BROWSE, ticks: TICK, reviews: REVIEW, customers: CUSTOMER },
};

interface Field {
  readonly name: string;
  readonly type: unknown;
}

/** A way in which a shop's own schema differs from the program's. */
interface Variant {
  readonly name: string;
  /** The type of a field, and its datum. Default: as in the contract. */
  readonly type?: (field: Field) => unknown;
  readonly datum?: (field: Field, value: unknown, random: Seeded) => unknown;
  readonly extra?: readonly Field[];
  readonly extras?: (random: Seeded) => Fields;
  readonly recordName?: string;
}

const isTime = ({ name }: Field) => name === 'eventTime' || name === 'asOf';
const isAmount = ({ name }: Field) => name === 'amountMinor';
const timeAs = (name: string, type: unknown, convert: (ms: number) => unknown): Variant => ({
  name,
  type: (field) => (isTime(field) ? type : field.type),
  datum: (field, value) => (isTime(field) && typeof value === 'number' ? convert(value) : value),
});
const long = (logicalType: string) => ({ type: 'long', logicalType });
const branches = (type: unknown): unknown[] =>
  Array.isArray(type) ? type.filter((branch) => branch !== 'null') : [type];

function twosComplement(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

const VARIANTS: readonly Variant[] = [
  { name: 'nullable', type: ({ type }) => ['null', ...branches(type)] },
  {
    name: 'nullable-last',
    type: ({ type }) => [...branches(type), 'null'],
    datum: (_, value, random) => (random.below(20) === 0 ? null : value),
  },
  timeAs('micros', long('timestamp-micros'), (ms) => ms * 1_000),
  timeAs('local', long('local-timestamp-millis'), (ms) => ms),
  timeAs('date', { type: 'int', logicalType: 'date' }, (ms) => Math.floor(ms / 86_400_000)),
  timeAs('text', 'string', (ms) => (Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : `${ms}`)),
  timeAs('double', 'double', (ms) => ms + 0.5),
  {
    name: 'decimal',
    type: (field) =>
      isAmount(field) ? { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 } : field.type,
    datum: (field, value, random) =>
      isAmount(field) && Number.isSafeInteger(value)
        ? twosComplement(100 * (value as number) + random.pick([0, 0, 1]))
        : value,
  },
  {
    name: 'huge-scale',
    type: (field) =>
      isAmount(field) ? { type: 'bytes', logicalType: 'decimal', precision: 900, scale: 900 } : field.type,
    datum: (field, value, random) => (isAmount(field) ? Buffer.from(random.bytes(random.below(100))) : value),
  },
  {
    name: 'doubles',
    type: (field) => (isAmount(field) || field.name === 'items' ? 'double' : field.type),
    datum: (field, value, random) =>
      isAmount(field) ? random.pick([Number(value), Number.NaN, 1e308, -0, Number.POSITIVE_INFINITY, 0.5, -1]) : value,
  },
  {
    name: 'one-more-status',
    type: (field) =>
      field.name === 'status'
        ? { type: 'enum', name: 'Status', symbols: ['shipped', 'cancelled', 'placed', 'refunded'] }
        : field.type,
    datum: (field, value, random) => (field.name === 'status' && random.below(4) === 0 ? 'shipped' : value),
  },
  { name: 'status-text', type: (field) => (field.name === 'status' ? 'string' : field.type) },
  {
    name: 'ids-as-bytes',
    type: (field) => (field.name === 'customerId' ? 'bytes' : field.type),
    datum: (field, value) => (field.name === 'customerId' ? Buffer.from(String(value)) : value),
  },
  {
    name: 'attributes',
    extra: [
      { name: 'attributes', type: { type: 'map', values: ['null', 'string', 'double'] } },
      { name: 'lines', type: { type: 'array', items: 'bytes' } },
    ],
    extras: (random) => ({
      attributes: Object.fromEntries(Array.from({ length: random.pick([0, 3, 2_000]) }, (_, i) => [`a${i}`, `${i}`])),
      lines: Array.from({ length: random.below(4) }, () => Buffer.from(random.bytes(random.below(50)))),
    }),
  },
  { name: 'other-name', recordName: 'Value' },
  { name: 'name-of-another', recordName: 'Review' },
];

/** What a schema folder holds: schema text by file, and registry.json. */
export type SchemaFolder = ReadonlyMap<string, string>;

/** A producer: encodes the fields of a record, or throws if its format can't hold them. */
export type Writer = (fields: Fields, random: Seeded) => Uint8Array;

interface Registered {
  readonly id: number;
  readonly text: string;
  readonly write: Writer;
}

const framed = (id: number, body: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(id, 1);
  bytes.set(body, 5);
  return bytes;
};

function registered(id: number, role: InputRole, variant: Variant): Registered {
  const contract = CONTRACT_OF[role];
  const fields = contract.fields.map(({ name, type }) => ({ name, type }));
  const name = variant.recordName ?? contract.name;
  const written = fields.map((field) => ({ name: field.name, type: variant.type?.(field) ?? field.type }));
  const schema = { type: 'record', name, namespace: 'shop', fields: [...written, ...(variant.extra ?? [])] };
  // Without logical types: the data are what the bytes say.
  const type = Type.forSchema(JSON.parse(JSON.stringify(schema)), { wrapUnions: false, logicalTypes: {} });
  const write: Writer = (given, random) => {
    const data = fields.map((field) => {
      const value = given[field.name];
      return [field.name, variant.datum === undefined ? value : variant.datum(field, value, random)] as const;
    });
    return framed(id, type.toBuffer({ ...Object.fromEntries(data), ...variant.extras?.(random) }));
  };
  return { id, text: JSON.stringify(schema), write };
}

function jsonSchema(id: number): Registered {
  const text = JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' });
  return { id, text, write: (fields) => framed(id, Buffer.from(jsonText(fields))) };
}

/** Ids of a shop's schema registry. The first are also those of the program's own schemas. */
const idsOf = (random: Seeded, count: number, collides: boolean): number[] => {
  const ids = new Set<number>();
  while (ids.size < count)
    ids.add(collides ? 1 + random.below(17) : random.pick([100_042, 2 ** 31, 2 ** 32 - 1]) - ids.size);
  return [...ids];
};

/** The producers of a stream, by role, and the schema folder that their records need. null: the program's own schemas only. */
export interface Writers {
  readonly folder: SchemaFolder | null;
  readonly of: Readonly<Record<InputRole, readonly Writer[]>>;
}

const OWN: (role: InputRole) => Writer = (role) => {
  const { id, type } = CONTRACT_OF[role];
  return (fields) => framed(id, type.toBuffer(fields));
};
const PLAIN_JSON: Writer = (fields) => Buffer.from(jsonText(fields));
const UNKNOWN_ID: (role: InputRole) => Writer = (role) => (fields, random) =>
  framed(random.pick([0, 12, 17, 77, 2 ** 32 - 7]), CONTRACT_OF[role].type.toBuffer(fields));

/** Draws the producers of a stream. With a folder, some of its ids may be those of the program's own schemas. */
export function drawWriters(random: Seeded): Writers {
  const roles = Object.keys(CONTRACT_OF) as InputRole[];
  const own = Object.fromEntries(roles.map((role) => [role, [OWN(role), PLAIN_JSON]])) as Record<InputRole, Writer[]>;
  if (random.below(5) === 0) return { folder: null, of: own };
  const drawn = Array.from({ length: 6 }, () => ({ role: random.pick(roles), variant: random.pick(VARIANTS) }));
  const ids = idsOf(random, drawn.length + 1, random.below(2) === 0);
  const shop = drawn.map(({ role, variant }, i) => ({ role, ...registered(ids[i]!, role, variant) }));
  const json = jsonSchema(ids[drawn.length]!);
  for (const role of roles) {
    own[role].push(
      json.write,
      UNKNOWN_ID(role),
      ...shop.filter((each) => each.role === role).map(({ write }) => write),
    );
  }
  const all = [...shop, json];
  const schemas = Object.fromEntries(all.map(({ id }) => [id, `${id}.json`]));
  const files = all.map(({ id, text }) => [`${id}.json`, text] as const);
  return { folder: new Map([['registry.json', JSON.stringify({ schemas })], ...files]), of: own };
}
