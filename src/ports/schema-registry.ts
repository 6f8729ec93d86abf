/** A writer's schema as the schema registry holds it. */
export interface RegisteredSchema {
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string;
  /** Complete: references to other schemas are resolved. */
  readonly text: string;
}

/**
 * Writer schemas, by the id in a Confluent-framed record. The reader schemas are in src/serde/contracts.ts.
 */
export interface SchemaRegistry {
  /** Reads what can be read at the start. Rejects with all faults in one message. */
  load(): Promise<void>;
  /** undefined for an id that does not exist, or is not known yet. Synchronous, because it is called for each record. */
  schema(id: number): RegisteredSchema | undefined;
  /** True if {@link schema} is the registry's answer. Else call {@link request} first. */
  isKnown(id: number): boolean;
  /** Resolves when the answer is known, also if the id does not exist. Rejects with {@link SchemaRegistryAway}. */
  request(id: number): Promise<void>;
}

/** The schema registry gives no answer, or one that says nothing about the schema. It may later: a record must wait for it. */
export class SchemaRegistryAway extends Error {
  readonly code = 'schema-registry-away';
  override readonly name = 'SchemaRegistryAway';
}

/** Subjects of a schema registry: named series of schemas, each with a compatibility rule. Every call may reject with {@link SchemaRegistryAway}. */
export interface SchemaSubjects {
  /** Id of an Avro schema that is registered under the subject. null if it is not. */
  registeredId(subject: string, text: string): Promise<number | null>;
  /** Registers a schema, unless the subject has it. `fault`: the subject's rule refuses it. */
  register(subject: string, text: string): Promise<{ readonly id: number } | { readonly fault: string }>;
}
