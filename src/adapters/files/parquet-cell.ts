import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet' with { 'resolution-mode': 'import' };

/** A value that is no cell of a row, and why. */
export class CellFault {
  constructor(
    /** For a message. */
    readonly shown: string,
    readonly why: string,
  ) {}
}

const UUID_BYTES = 16;
/** The largest whole number that a floating-point number of 32 bits shares with no other. */
const LARGEST_SINGLE = 2 ** 24 - 1;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Texts as they are stored: replaced bytes would make two customers one, and a parsed JSON would no longer be the text. */
export const PARSERS: Pick<ParquetParsers, 'stringFromBytes' | 'jsonFromBytes'> = {
  stringFromBytes: textOf,
  jsonFromBytes: textOf,
};

function textOf(bytes: Uint8Array | undefined): string | CellFault | undefined {
  if (!bytes) return undefined;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return new CellFault(`the bytes ${inHex(bytes)}`, 'not UTF-8: write the column as text');
  }
}

function inHex(bytes: Uint8Array): string {
  return `${Buffer.from(bytes.subarray(0, 8)).toString('hex')}${bytes.length > 8 ? '…' : ''}`;
}

/** The library makes floating-point numbers of decimals. Without their type it gives the unscaled whole numbers. */
export function asStored(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element;
  const { converted_type: _, logical_type: __, ...stored } = element;
  return stored;
}

/** Why the values of a column are no texts, numbers or times: null if they are. */
export function columnFault({ element, children }: SchemaTree): string | null {
  const { type, type_length: length, converted_type: converted, repetition_type: repetition } = element;
  const logical = element.logical_type?.type;
  if (repetition === 'REPEATED' || converted === 'LIST' || logical === 'LIST') return 'holds lists';
  if (converted === 'MAP' || converted === 'MAP_KEY_VALUE' || logical === 'MAP') return 'holds maps';
  if (children.length > 0) return `holds structures of ${children.map((child) => child.element.name).join(', ')}`;
  if (converted?.startsWith('TIME_M') || logical === 'TIME') return 'holds times of day without a date';
  if (converted === 'BSON' || converted === 'INTERVAL') return `holds values of the type ${converted}`;
  if (logical === 'GEOMETRY' || logical === 'GEOGRAPHY') return `holds values of the type ${logical}`;
  if (type !== 'FIXED_LEN_BYTE_ARRAY' || length === UUID_BYTES || logical === 'FLOAT16' || isDecimal(element)) {
    return null;
  }
  return `holds binary values of ${length} bytes`;
}

/** Whether the values of a column are texts as somebody wrote them. */
export function isText(element: SchemaElement): boolean {
  return element.type === 'BYTE_ARRAY' && !isDecimal(element);
}

/** Makes of a typed value the text that a CSV file would have. A missing value is the empty text. */
export function cellReader(element: SchemaElement): (value: unknown) => string | CellFault {
  const decimals = isDecimal(element)
    ? ((element.logical_type as { scale?: number })?.scale ?? element.scale ?? 0)
    : null;
  const isSingle = element.type === 'FLOAT';
  return (value) => {
    if (value === null || value === undefined) return '';
    if (decimals !== null) return decimalText(unscaled(value), decimals);
    switch (typeof value) {
      case 'string':
        return value;
      case 'number':
        return numberText(value, isSingle);
      case 'bigint':
      case 'boolean':
        return String(value);
    }
    if (value instanceof CellFault) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid time' : value.toISOString();
    if (value instanceof Uint8Array) {
      return element.type === 'FIXED_LEN_BYTE_ARRAY' ? uuidText(value) : (textOf(value) ?? '');
    }
    throw new TypeError(`a value of ${element.name} is no text, number or time`);
  };
}

function isDecimal({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return converted === 'DECIMAL' || logical?.type === 'DECIMAL';
}

function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  return value.length === 0 ? 0n : BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString('hex')}`));
}

function decimalText(value: bigint, decimals: number): string {
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return `${value < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''}`;
}

/** Without the noise of floating-point numbers: 0.30000000000000004 was meant to be 0.3. Whole numbers keep all digits, they may be ids. */
function numberText(value: number, isSingle: boolean): string | CellFault {
  if (Number.isInteger(value) && Math.abs(value) > (isSingle ? LARGEST_SINGLE : Number.MAX_SAFE_INTEGER)) {
    const shown = `${value}, a floating-point number`;
    return new CellFault(shown, 'others may be stored as the same one: write the column as whole numbers or text');
  }
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  if (!isSingle) return String(Number(value.toPrecision(15)));
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
