import { type Type, types } from 'avsc';
import { isoMistake } from '../domain/iso-time';
import { NotedLogicalType } from './writer-schema';

/** What a field of a contract holds. `instant`: milliseconds since 1970. */
export type FieldKind =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'instant'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes'
  | 'fixed'
  | 'enum'
  | 'array'
  | 'map'
  | 'record';

export const INT_MAX = 2 ** 31 - 1;

/** The kind of a type that is no union. */
export function kindOf(type: Type): FieldKind {
  if (type instanceof NotedLogicalType) {
    return type.logicalType === 'timestamp-millis' ? 'instant' : kindOf(type.underlyingType);
  }
  return type.typeName.replace('abstract:', '') as FieldKind;
}

/** The type below a logical type. */
export function underlying(type: Type): Type {
  return type instanceof types.LogicalType ? type.underlyingType : type;
}

/** The rest of "give …" in a message about a value that does not fit. */
export function expectation(kind: FieldKind, symbols: readonly string[] = [], given?: unknown): string {
  switch (kind) {
    case 'string':
      return 'a text in quotes (a number would lose digits beyond 2^53)';
    case 'enum':
      return `one of ${symbols.join(', ')}`;
    case 'int':
      return 'an integer below 2^31';
    case 'long':
      return 'an integer below 2^53';
    case 'instant': {
      const mistake = typeof given === 'string' ? isoMistake(given) : undefined;
      if (mistake !== undefined) return `a time that exists, ${mistake}`;
      return 'milliseconds since 1970, or ISO 8601 with a zone such as 2024-05-01T12:00:00Z';
    }
    default:
      return `a value of type ${kind}`;
  }
}
