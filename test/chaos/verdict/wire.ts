import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'avsc';

/**
 * What a record says, read with avsc and the schema files alone: Confluent framing (0x00, schema id as four bytes big-endian, Avro
 * binary) or a JSON object. Nothing of src is used, so that a fault there can't hide itself here.
 */

const SCHEMAS = join(__dirname, '..', '..', '..', 'schemas');
const FRAME_BYTES = 5;
const files: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(SCHEMAS, 'registry.json'), 'utf8'),
).schemas;
const types = new Map<number, Type>();

function typeOf(id: number): Type | null {
  const known = types.get(id);
  if (known !== undefined) return known;
  const file = files[String(id)];
  if (file === undefined) return null;
  const type = Type.forSchema(JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')), { wrapUnions: 'auto' });
  types.set(id, type);
  return type;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a value, and the name of its record; null where it can't be read. JSON has no name. */
export function readValue(value: Buffer | null): { readonly name: string | null; readonly fields: Fields } | null {
  if (value === null || value.length === 0) return null;
  try {
    if (value[0] === 0x7b) return { name: null, fields: JSON.parse(value.toString('utf8')) };
    if (value[0] !== 0 || value.length <= FRAME_BYTES) return null;
    const type = typeOf(value.readUInt32BE(1));
    if (type === null) return null;
    const { value: fields, offset } = type.decode(value, FRAME_BYTES) as { value: Fields; offset: number };
    if (offset !== value.length) return null;
    return { name: type.name?.split('.').at(-1) ?? null, fields };
  } catch {
    return null;
  }
}

/** Topics whose records are customers' events, by the role that updates and docs name. */
export const EVENT_ROLES = ['orders', 'clicks', 'browses', 'reviews'] as const;
export type EventRole = (typeof EVENT_ROLES)[number];

const RECORD_OF_ROLE: Readonly<Record<EventRole, string>> = {
  orders: 'Order',
  clicks: 'Click',
  browses: 'Browse',
  reviews: 'Review',
};

/** An input record as this program reads it. */
export interface EventFacts {
  readonly customerId: string;
  /** What tells an upstream's repeat: id, kind and whole second. */
  readonly identity: string;
  /** 1 for an order placed, else 0. */
  readonly placed: number;
  /** 1 for a refund or cancellation, else 0. */
  readonly returned: number;
  /** What it adds to the customer's value, minor units. */
  readonly netMinor: number;
  /** A number so large that whether it is taken is a matter of bounds: either outcome is right. */
  readonly isDoubtful: boolean;
}

export interface FactRules {
  readonly currency: string;
  readonly maxFutureMs: number;
}

const EARLIEST_MS = Date.UTC(1990, 0, 1);
const MOST_INT = 2 ** 31 - 1;
const SURELY_TAKEN_MINOR = 1e10;
const ZONED = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

/** What the record says; null where by the docs it must become a dead letter. Repeats are not told here. */
export function factsOf(
  role: EventRole,
  key: Buffer | null,
  value: Buffer | null,
  timestampMs: number,
  rules: FactRules,
): EventFacts | null {
  const read = readValue(value);
  if (read === null || (read.name !== null && read.name !== RECORD_OF_ROLE[role])) return null;
  const { fields } = read;
  const { customerId } = fields;
  if (typeof customerId !== 'string' || customerId.trim() === '' || customerId.length > 512) return null;
  // Placed by its key; a record keyed otherwise lies in a partition that is not the customer's, or by luck in it.
  const misplaced = key === null || key.toString('utf8') !== customerId;
  const timeMs = instantOf(fields.eventTime);
  if (timeMs === null || timeMs < EARLIEST_MS || timeMs > timestampMs + rules.maxFutureMs) return null;
  const money = role === 'orders' ? moneyOf(fields, rules) : NO_MONEY;
  if (money === null) return null;
  const id = fields.eventId ?? (role === 'orders' ? `${fields.orderId}:${fields.status}` : null);
  if (typeof id !== 'string' || id === '' || id.length > 512) return null;
  const count = (role === 'browses' ? fields.dwellSeconds : fields.items) ?? 0;
  if (typeof count !== 'number' || count < 0 || count > MOST_INT) return null;
  const { stars = null } = fields;
  if (role === 'reviews' && stars !== null && !(typeof stars === 'number' && stars >= 1 && stars <= 5)) return null;
  const { placed, returned, netMinor, kind } = money;
  return {
    customerId,
    identity: `${kind} ${Math.floor(timeMs / 1000)} ${id}`,
    placed,
    returned,
    netMinor,
    isDoubtful: misplaced || Math.abs(netMinor) > SURELY_TAKEN_MINOR || count > 1e6,
  };
}

function instantOf(given: unknown): number | null {
  if (typeof given === 'number') return Number.isFinite(given) ? given : null;
  return typeof given === 'string' && ZONED.test(given) ? Date.parse(given) : null;
}

interface Money {
  readonly placed: number;
  readonly returned: number;
  readonly netMinor: number;
  readonly kind: string;
}

const NO_MONEY: Money = { placed: 0, returned: 0, netMinor: 0, kind: '' };

function moneyOf(fields: Fields, rules: FactRules): Money | null {
  const { status, orderId, amountMinor, currency } = fields;
  if (typeof orderId !== 'string' || orderId === '' || orderId.length > 512) return null;
  if (currency !== rules.currency || typeof amountMinor !== 'number' || amountMinor < 0) return null;
  switch (status) {
    case 'placed':
      return { placed: 1, returned: 0, netMinor: amountMinor, kind: 'placed' };
    case 'refunded':
    case 'cancelled':
      return { placed: 0, returned: 1, netMinor: -amountMinor, kind: status };
    default:
      return null;
  }
}

/** The running hash of the docs ("Delivery"), of one more offset. */
export function hashOn(hash: number, offset: number): number {
  const low = BigInt(offset) & 0xffff_ffffn;
  const high = BigInt(offset) >> 32n;
  const mod = 0xffff_ffffn;
  let x = ((BigInt(hash) * 31n) & mod) ^ low ^ ((high * 0x9e37_79b1n) & mod);
  x = ((x ^ (x >> 16n)) * 0x85eb_ca6bn) & mod;
  x = ((x ^ (x >> 13n)) * 0xc2b2_ae35n) & mod;
  return Number(x ^ (x >> 16n));
}
