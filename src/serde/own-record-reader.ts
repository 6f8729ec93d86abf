import type { Decoded } from '../domain/dead-letter';
import { type Contract, ownSchemas, type SchemaById } from './contracts';
import { RecordReader } from './record-reader';

/**
 * Records of a topic that only this program writes. A schema registry may give the program's own ids to other schemas, so the contracts of
 * the topic come first, and the schema registry second: for records that a program with a schema registry has written.
 */
export class OwnRecordReader<T extends object> {
  private readonly own: RecordReader<T>;
  private readonly registered: RecordReader<T>;

  /** `versions`: every contract that this program has written to the topic. Records are returned in the shape of the first. */
  constructor(versions: readonly [Contract, ...Contract[]], schemaById: SchemaById, acceptsJson: boolean) {
    const [contract] = versions;
    const isOwn = (id: number) => versions.some((each) => each.id === id);
    this.own = new RecordReader(contract, (id) => (isOwn(id) ? ownSchemas(id) : undefined), acceptsJson);
    this.registered = new RecordReader(contract, schemaById, acceptsJson);
  }

  /** A version of a contract never fits another's bytes: it leaves some over, or needs more. So the order decides nothing but speed. */
  read(bytes: Uint8Array | null): Decoded<T> {
    const own = this.own.read(bytes);
    if (own.ok) return own;
    const registered = this.registered.read(bytes);
    return registered.ok || own.reason === 'unknown-schema' ? registered : own;
  }
}
