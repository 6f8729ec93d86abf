/**
 * Writer schemas, by the id in a Confluent-framed record. The reader schemas are in src/serde/contracts.ts.
 */
export interface SchemaRegistry {
  /** Reads every schema once, at the start. Rejects with all faults in one message. */
  load(): Promise<void>;
  /** The writer's schema as Avro JSON text; undefined for an unknown id. Synchronous, because it is called for each record. */
  schema(id: number): string | undefined;
}
