/**
 * Schemas by the id that a Confluent-framed record carries: what the producer wrote with.
 * Not its business: the schemas this program reads into (src/serde/contracts.ts), and decoding.
 */
export interface SchemaRegistry {
  /** Reads every schema once, at the start; rejects with all faults in one message. */
  load(): Promise<void>;
  /** The writer's schema as Avro JSON text; undefined for an id the registry does not know. Asked per record, so synchronous. */
  schema(id: number): string | undefined;
}
