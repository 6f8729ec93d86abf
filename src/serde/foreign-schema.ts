import type { Contract, SchemaById } from './contracts';
import { asBuffer, FRAME_BYTES, MAGIC_BYTE } from './framing';

/** Whether bytes name a writer's schema that is not this contract. The schema registry's answer for such an id may change. */
export function namesForeignSchema(bytes: Uint8Array | null, contract: Contract, schemaById: SchemaById): boolean {
  const id = schemaIdOf(bytes);
  return id !== null && (id !== contract.id || schemaById(id)?.text !== contract.text);
}

/** Schema id in the frame. null if the bytes have no frame. */
export function schemaIdOf(bytes: Uint8Array | null): number | null {
  if (bytes === null || bytes.length < FRAME_BYTES || bytes[0] !== MAGIC_BYTE) return null;
  return asBuffer(bytes).readUInt32BE(1);
}
