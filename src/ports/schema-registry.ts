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
  /** undefined for an id that does not exist or was not requested. Synchronous, because it is called for each record. */
  schema(id: number): RegisteredSchema | undefined;
}
