import type { DeadLetterReason } from '../domain/dead-letter';
import { parseIsoTime } from '../domain/iso-time';
import type { Contract } from './contracts';
import { expectation, INT_MAX } from './field-kind';
import { jsonPrefix } from './json-prefix';

/** How to read one field of a flat contract from JSON. */
interface JsonField {
  readonly name: string;
  readonly primitive: 'string' | 'long' | 'int' | 'instant' | 'enum';
  /** Avro's name of the type. Avro's JSON form of unions uses it as the key: {"string": "x"}. */
  readonly avroName: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly default: unknown;
  readonly symbols: readonly string[];
}

export interface JsonFault {
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/**
 * Reads JSON that fits a contract of flat fields. Nullable fields accept plain values or avsc's {"type": value}. Instants accept
 * milliseconds or ISO 8601. Absent fields get their default. Unknown fields are ignored.
 */
export class JsonForm {
  private readonly fields: readonly JsonField[];
  private readonly record: string;

  constructor(contract: Contract) {
    this.record = contract.name;
    this.fields = contract.fields.map((field) => {
      const nullable = Array.isArray(field.type);
      const type = (nullable ? (field.type as unknown[])[1] : field.type) as
        | string
        | { type: string; name?: string; logicalType?: string; symbols?: string[] };
      const base = typeof type === 'string' ? { type } : type;
      return {
        name: field.name,
        primitive: ('logicalType' in base ? 'instant' : base.type) as JsonField['primitive'],
        avroName: ('name' in base ? base.name : undefined) ?? base.type,
        nullable,
        hasDefault: 'default' in field,
        default: field.default,
        symbols: ('symbols' in base ? base.symbols : undefined) ?? [],
      };
    });
  }

  /** Returns a record that fits the contract, or the first field that does not and the reason. */
  read(json: Readonly<Record<string, unknown>>): { record: Record<string, unknown> } | { fault: JsonFault } {
    const record: Record<string, unknown> = {};
    for (const field of this.fields) {
      const given = json[field.name];
      if (given === undefined || given === null) {
        if (given === null && field.nullable) record[field.name] = null;
        else if (field.hasDefault) record[field.name] = field.default;
        else return { fault: this.missing(field) };
        continue;
      }
      const value = convert(field, field.nullable ? unwrapped(field, given) : given);
      if (value === undefined) return { fault: this.misfit(field, given) };
      record[field.name] = value;
    }
    return { record };
  }

  private missing(field: JsonField): JsonFault {
    const reason = field.name === 'customerId' ? 'missing-customer-id' : 'undecodable';
    return { reason, detail: `${field.name} is missing from the ${this.record}: give it a value.` };
  }

  private misfit(field: JsonField, given: unknown): JsonFault {
    const shown = jsonPrefix(given, 60);
    const wanted = expectation(field.primitive, field.symbols, field.nullable ? unwrapped(field, given) : given);
    return { reason: 'undecodable', detail: `${field.name} of the ${this.record} is ${shown}: give ${wanted}.` };
  }
}

function unwrapped(field: JsonField, given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  const entries = Object.entries(given);
  const [entry] = entries;
  return entries.length === 1 && entry?.[0] === field.avroName ? entry[1] : given;
}

/** The value in the contract's type. undefined if it does not fit. */
function convert(field: JsonField, given: unknown): unknown {
  switch (field.primitive) {
    case 'string':
      return typeof given === 'string' ? given : undefined;
    case 'enum':
      return typeof given === 'string' && field.symbols.includes(given) ? given : undefined;
    case 'int':
      return Number.isSafeInteger(given) && Math.abs(given as number) <= INT_MAX ? given : undefined;
    case 'long':
      return Number.isSafeInteger(given) ? given : undefined;
    case 'instant': {
      if (typeof given === 'number') return Number.isSafeInteger(given) ? given : undefined;
      const time = typeof given === 'string' ? parseIsoTime(given) : undefined;
      return time?.isInstant ? time.ms : undefined;
    }
  }
}
