import { createHash } from 'node:crypto';
import type { DeadLetter } from '../domain/dead-letter';
import { asBuffer } from './framing';

/** Upper bound for a letter's fields other than key, value, detail and topic: lengths, numbers, a digest. */
const FIELD_BYTES = 256;
/** A detail contains its subject, which can be a megabyte of text. */
const MAX_DETAIL_CHARACTERS = 1_000;
/** Maximum share of the limit for the key and for the detail. The record contains the key twice. */
const KEY_SHARE = 1 / 8;
const DETAIL_SHARE = 1 / 4;

/** Size of a letter's record: its key, and its value, which contains the key again. */
function bytesOf({ key, value, detail, topic, reason }: DeadLetter): number {
  const text = Buffer.byteLength(detail) + Buffer.byteLength(topic) + reason.length;
  return 2 * (key?.length ?? 0) + (value?.length ?? 0) + text + FIELD_BYTES;
}

/**
 * Makes a letter fit, so that key and value of its record together take at most `maxBytes`. If it is too large, value and key are cut, and
 * the size and SHA-256 of the original value are added. A letter that was cut before keeps the original's size and SHA-256.
 */
export function fitLetter(letter: DeadLetter, maxBytes: number): DeadLetter {
  const brief = { ...letter, detail: shortened(letter.detail, Math.floor(maxBytes * DETAIL_SHARE)) };
  if (bytesOf(brief) <= maxBytes) return brief;
  const key = brief.key?.subarray(0, Math.floor(maxBytes * KEY_SHARE)) ?? null;
  const room = Math.max(0, maxBytes - bytesOf({ ...brief, key, value: null }));
  return { ...brief, key, value: brief.value?.subarray(0, room) ?? null, ...originalOf(letter) };
}

function originalOf({ value, originalBytes, originalSha256 }: DeadLetter): Partial<DeadLetter> {
  if (originalBytes !== undefined)
    return originalSha256 === undefined ? { originalBytes } : { originalBytes, originalSha256 };
  if (value === null) return { originalBytes: 0 };
  return { originalBytes: value.length, originalSha256: createHash('sha256').update(asBuffer(value)).digest('hex') };
}

function shortened(detail: string, maxBytes: number): string {
  const characters = Math.max(0, Math.min(MAX_DETAIL_CHARACTERS, Math.floor(maxBytes / 3) - 1));
  return detail.length <= characters ? detail : `${detail.slice(0, characters)}…`;
}
