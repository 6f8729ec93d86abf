/** Values of a writer's logical types in the form that a contract uses. */

const DAY_MS = 86_400_000;

/** Units per millisecond of the logical types that are instants. Local ones have no zone and count as UTC. */
const PER_MS: Readonly<Record<string, number>> = {
  'timestamp-millis': 1,
  'timestamp-micros': 1_000,
  'timestamp-nanos': 1_000_000,
  'local-timestamp-millis': 1,
  'local-timestamp-micros': 1_000,
  'local-timestamp-nanos': 1_000_000,
};

/** Milliseconds since 1970 of a date or timestamp, rounded down. undefined for other logical types. */
export function logicalInstantMs(logicalType: string, value: number | bigint): number | undefined {
  if (logicalType === 'date') return Number(value) * DAY_MS;
  const perMs = PER_MS[logicalType];
  if (perMs === undefined) return undefined;
  if (typeof value === 'number') return Math.floor(value / perMs);
  const divisor = BigInt(perMs);
  const rest = ((value % divisor) + divisor) % divisor;
  return Number((value - rest) / divisor);
}

/** An exact decimal: `unscaled` · 10^−`scale`. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** More bytes hold no amount, and would be slow to convert. */
const MOST_DECIMAL_BYTES = 64;

/** A decimal's bytes: two's complement, big-endian. undefined if they are too many. */
export function decimalOf(bytes: Uint8Array, scale: number): Decimal | undefined {
  if (bytes.length > MOST_DECIMAL_BYTES) return undefined;
  if (bytes.length === 0) return { unscaled: 0n, scale };
  const unsigned = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return { unscaled: BigInt.asIntN(8 * bytes.length, unsigned), scale };
}

/** The decimal as a whole number. undefined if it has a fraction. */
export function wholeOf({ unscaled, scale }: Decimal): bigint | undefined {
  const unit = 10n ** BigInt(scale);
  return unscaled % unit === 0n ? unscaled / unit : undefined;
}

/** For messages, such as 42.50. */
export function decimalText({ unscaled, scale }: Decimal): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

/** The 16 bytes of a uuid as text. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
