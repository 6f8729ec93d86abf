import type { Contract } from '../../src/serde/contracts';
import { FramedWriter } from '../../src/serde/framing';

/** A plain framed encoding of one record under any contract. */
export function encodeFramed(contract: Contract, record: object): Uint8Array {
  return new FramedWriter(contract, 256).encode(record);
}
