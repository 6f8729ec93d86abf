import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'avsc';
import { parseReader } from './writer-schema';

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
  /** The same, with its logical types: what other writers' schemas are resolved against. */
  readonly reader: Type;
  /** Avro JSON text. */
  readonly text: string;
}

function contract(id: number, file: string): Contract {
  const text = readFileSync(join(SCHEMA_DIRECTORY, file), 'utf8');
  const schema = JSON.parse(text) as { name: string; fields: ContractField[] };
  const { name, fields } = schema;
  return Object.freeze({ id, name, file, fields, type: parseSchema(text), reader: parseReader(text), text });
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

/** A writer's schema as a schema registry holds it. */
export interface WriterSchema {
  /** AVRO and JSON can be read. Any other type, such as PROTOBUF, can't. */
  readonly schemaType: string;
  /** Complete: references to other schemas are resolved. */
  readonly text: string;
}

/** Schema id → writer's schema: the part of a schema registry that decoding needs. undefined for an unknown id. */
export type SchemaById = (id: number) => WriterSchema | undefined;

const OWN_SCHEMAS: ReadonlyMap<number, WriterSchema> = new Map(
  CONTRACTS.map(({ id, text }) => [id, { schemaType: 'AVRO', text }]),
);

/** The schema ids of this program's own contracts only. */
export const ownSchemas: SchemaById = (id) => OWN_SCHEMAS.get(id);
