import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'avsc';

/** The package's own schemas, read once, like an import. `schemas/` is beside both `src/` and `dist/`. */
export const SCHEMA_DIRECTORY = join(__dirname, '..', '..', 'schemas');

/** A field as defined in the .avsc file. */
export interface ContractField {
  readonly name: string;
  readonly type: unknown;
  readonly doc: string;
  readonly default?: unknown;
}

/** A record this program reads and writes. */
export interface Contract {
  /** Schema id that this program writes with (see schemas/registry.json). */
  readonly id: number;
  readonly name: string;
  readonly file: string;
  readonly fields: readonly ContractField[];
  readonly type: Type;
  /** Avro JSON text. */
  readonly text: string;
}

function contract(id: number, file: string): Contract {
  const text = readFileSync(join(SCHEMA_DIRECTORY, file), 'utf8');
  const schema = JSON.parse(text) as { name: string; fields: ContractField[] };
  return Object.freeze({ id, name: schema.name, file, fields: schema.fields, type: parseSchema(text), text });
}

/** Nullable fields are plain values, never {"string": …} objects. Throws on text that is not an Avro schema. */
export function parseSchema(text: string): Type {
  return Type.forSchema(JSON.parse(text), { wrapUnions: 'auto' });
}

export const ORDER = contract(1, 'order.avsc');
export const CLICK = contract(2, 'click.avsc');
export const BROWSE = contract(3, 'browse.avsc');
export const TICK = contract(4, 'tick.avsc');
/** For partitions below format level 3: earlier readers support no other schema id. */
export const CLV_UPDATE_V1 = contract(5, 'clv-update-v1.avsc');
export const MODEL_ANNOUNCEMENT = contract(6, 'model-announcement.avsc');
/** For complete letters that stand for one record: earlier readers support no other schema id. */
export const DEAD_LETTER_V1 = contract(7, 'dead-letter-v1.avsc');
export const REVIEW = contract(8, 'review.avsc');
export const CUSTOMER = contract(9, 'customer.avsc');
export const DEAD_LETTER = contract(10, 'dead-letter.avsc');
export const CLV_UPDATE = contract(11, 'clv-update.avsc');
export const CONTRACTS: readonly Contract[] = [
  ORDER,
  CLICK,
  BROWSE,
  TICK,
  CLV_UPDATE_V1,
  MODEL_ANNOUNCEMENT,
  DEAD_LETTER_V1,
  REVIEW,
  CUSTOMER,
  DEAD_LETTER,
  CLV_UPDATE,
];

/** Schema id → Avro JSON text of the writer's schema: the part of a schema registry that decoding needs. */
export type SchemaById = (id: number) => string | undefined;

/** The schema ids of this program's own contracts only. */
export const ownSchemas: SchemaById = (id) => CONTRACTS.find((own) => own.id === id)?.text;
