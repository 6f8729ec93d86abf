import type { SequenceState } from '../domain/state/sequence-state';
import { ByteReader, ByteWriter, withoutChecksum } from './byte-cursor';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT, TIERED_FORMAT } from './format-level';
import { readState, writeState } from './state-body';

/*
 * One customer's sequence state, as every store keeps it (state-body.ts has the body):
 *
 *   version 5 = 5(byte) body                                   -- format level 1
 *   version 6 = 6(byte) body CRC-32C(u32, little-endian)       -- format level 2; of everything before it
 *   version 7 = 7(byte) body CRC-32C(u32, little-endian)       -- format level 3; the body has the value tier
 *
 * Readers accept all. The partition's format level decides which one is written.
 */
const VERSION_OF_FORMAT: Readonly<Record<number, number>> = {
  [OLDEST_FORMAT]: 5,
  [CHECKED_FORMAT]: 6,
  [TIERED_FORMAT]: 7,
};
const CHECKED_FROM = 6;
const TIERED_FROM = 7;
const NEWEST = VERSION_OF_FORMAT[NEWEST_FORMAT]!;

/** The bytes are not a state blob that this program reads: damaged, or of another version. */
export class StateBlobError extends Error {
  readonly code = 'state-blob';
  override readonly name = 'StateBlobError';
}

const writer = new ByteWriter(2048);

/** Deterministic: equal states give equal bytes. Throws RangeError for a number that the format can't hold, and writes nothing then. */
export function encodeState(state: SequenceState, format: number = NEWEST_FORMAT): Uint8Array {
  const version = VERSION_OF_FORMAT[format];
  if (version === undefined) throw new RangeError(`format level ${format} has no state blob`);
  return writer.write((w) => {
    w.byte(version);
    writeState(w, state, version >= TIERED_FROM);
    if (version >= CHECKED_FROM) w.checksum();
  });
}

/** Throws what {@link encodeState} would throw. */
export function checkState(state: SequenceState): void {
  writer.tryOut((w) => writeState(w, state, true));
}

/** Throws {@link StateBlobError} only. */
export function decodeState(bytes: Uint8Array): SequenceState {
  try {
    const version = bytes[0] ?? 0;
    if (version < 5 || version > NEWEST) throw new RangeError(`version ${bytes[0]}, this program reads 5 to ${NEWEST}`);
    const r = new ByteReader(version >= CHECKED_FROM ? withoutChecksum(bytes) : bytes);
    r.byte();
    const state = readState(r, version >= TIERED_FROM);
    r.end();
    return state;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StateBlobError(`state blob of ${bytes.length} bytes can't be read: ${reason}`, { cause: error });
  }
}

/** The format level of a blob that can be read. Reads its first byte only. */
export function formatOfState(bytes: Uint8Array): number {
  return bytes[0]! - VERSION_OF_FORMAT[OLDEST_FORMAT]! + OLDEST_FORMAT;
}

/** False for a customer with attributes alone. Reads the first bytes of the body only: the instant of the first event, 0 for never. */
export function hasEvents(bytes: Uint8Array): boolean {
  return bytes[1] !== 0;
}
