import { type Type, types } from 'avsc';
import { parseIsoTime } from '../domain/iso-time';
import { INT_MAX, kindOf, underlying } from './field-kind';
import { type Decimal, decimalOf, decimalText, logicalInstantMs, uuidText, wholeOf } from './logical-values';
import { NotedLogicalType } from './writer-schema';

/** A datum in the reader's form; undefined if its value does not fit. */
export type ConvertLeaf = (datum: unknown) => unknown;

/** How data of one type without fields are read as another. undefined if none of them can be. Neither type is a union. */
export function convertLeaf(writer: Type, reader: Type): ConvertLeaf | undefined {
  const from = kindOf(underlying(writer));
  const logicalType = writer instanceof NotedLogicalType ? writer.logicalType : undefined;
  const isNumber = from === 'int' || from === 'long' || from === 'float' || from === 'double';
  const isBytes = from === 'bytes' || from === 'fixed';
  switch (kindOf(reader)) {
    case 'null':
    case 'boolean':
      return from === kindOf(reader) ? (datum) => datum : undefined;
    case 'int':
      return whole(writer, isNumber, INT_MAX);
    case 'long':
      return whole(writer, isNumber, Number.MAX_SAFE_INTEGER);
    case 'instant': {
      if (from === 'string') return instantOfText;
      const number = whole(writer, isNumber, Number.MAX_SAFE_INTEGER);
      if (logicalType === undefined || !isNumber) return number;
      return (datum) => logicalInstantMs(logicalType, datum as number | bigint) ?? number?.(datum);
    }
    case 'float':
    case 'double':
      return isNumber ? Number : undefined;
    case 'string':
      if (from === 'string' || from === 'enum') return (datum) => datum;
      if (logicalType === 'uuid' && isBytes) return (datum) => uuidText(datum as Uint8Array);
      return from === 'bytes' && logicalType === undefined ? (datum) => textOf(datum as Uint8Array) : undefined;
    case 'bytes':
      if (from === 'string') return (datum) => Buffer.from(datum as string, 'utf8');
      return from === 'bytes' ? (datum) => datum : undefined;
    case 'fixed': {
      const size = (type: Type) => (underlying(type) as types.FixedType).size;
      return from === 'fixed' && size(writer) === size(reader) ? (datum) => datum : undefined;
    }
    case 'enum': {
      if (from !== 'string' && from !== 'enum') return undefined;
      const { symbols, default: other } = reader as types.EnumType & { readonly default?: string };
      return (datum) => (symbols.includes(datum as string) ? datum : other);
    }
    default:
      return undefined;
  }
}

/** A datum for a message: as text, cut. */
export function shownDatum(datum: unknown, writer: Type): string {
  const decimal = asDecimal(writer)?.(datum);
  if (decimal !== undefined) return decimalText(decimal);
  if (typeof datum === 'bigint') return String(datum);
  if (datum instanceof Uint8Array) return `${datum.length} bytes`;
  return (JSON.stringify(datum) ?? String(datum)).slice(0, 60);
}

/** Numbers of any type that are whole and at most `most`, with either sign. */
function whole(writer: Type, isNumber: boolean, most: number): ConvertLeaf | undefined {
  const decimal = asDecimal(writer);
  if (decimal === undefined && !isNumber) return undefined;
  return (datum) => {
    const number = decimal === undefined ? datum : wholeDecimal(decimal(datum));
    return Number.isInteger(number) && Math.abs(number as number) <= most ? number : undefined;
  };
}

function wholeDecimal(decimal: Decimal | undefined): number | undefined {
  const value = decimal && wholeOf(decimal);
  return value === undefined ? undefined : Number(value);
}

function asDecimal(writer: Type): ((datum: unknown) => Decimal | undefined) | undefined {
  if (!(writer instanceof NotedLogicalType && writer.logicalType === 'decimal')) return undefined;
  const { scale, underlyingType } = writer;
  if (!(underlyingType instanceof types.BytesType || underlyingType instanceof types.FixedType)) return undefined;
  return (datum) => decimalOf(datum as Uint8Array, scale);
}

function instantOfText(datum: unknown): number | undefined {
  const time = parseIsoTime(datum as string);
  return time?.isInstant ? time.ms : undefined;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
