import { CONTRACTS } from './contracts';
import { asBuffer, FRAME_BYTES, MAGIC_BYTE } from './framing';

/** Whether bytes name a writer's schema that is not this program's. The schema registry's answer for such an id may change. */
export function namesForeignSchema(bytes: Uint8Array | null): boolean {
  if (bytes === null || bytes.length < FRAME_BYTES || bytes[0] !== MAGIC_BYTE) return false;
  const id = asBuffer(bytes).readUInt32BE(1);
  return CONTRACTS.every((own) => own.id !== id);
}
