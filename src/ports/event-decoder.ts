import type { Decoded } from '../domain/dead-letter';
import type { CustomerEvent } from '../domain/event';

/** Reads one record of an input topic: the codec of src/serde. */
export interface EventDecoder {
  decodeEvent(
    topic: number,
    partition: number,
    value: Uint8Array | null,
    timestampMs: number,
    key: Uint8Array | null,
  ): Decoded<CustomerEvent>;
}
