import { createHash } from 'node:crypto';

/** A short digest for comparing many byte arrays: 128 bits of their SHA-256. '' for null. */
export function digestText(bytes: Uint8Array | null): string {
  return bytes === null ? '' : createHash('sha256').update(bytes).digest('base64').slice(0, 22);
}

/** The whole SHA-256, lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
