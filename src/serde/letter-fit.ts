import { createHash } from 'node:crypto';
import type { DeadLetter } from '../domain/dead-letter';
import { asBuffer } from './framing';

/** A letter's fields beside key, value, detail and topic: lengths, numbers, a digest, generously. */
const FIELD_BYTES = 256;
/** A detail names its subject, and a subject can be a megabyte of text. */
const MAX_DETAIL_CHARACTERS = 1_000;
/** Share of the room that key and detail may take each; the key is in the record twice. */
const KEY_SHARE = 1 / 8;
const DETAIL_SHARE = 1 / 4;

/** What the record of a letter takes: its key, and its value, which holds the key again. */
function bytesOf({ key, value, detail, topic, reason }: DeadLetter): number {
  const text = Buffer.byteLength(detail) + Buffer.byteLength(topic) + reason.length;
  return 2 * (key?.length ?? 0) + (value?.length ?? 0) + text + FIELD_BYTES;
}

/**
 * The letter so that its record, key and value together, takes at most `maxBytes`: as it is, or with value and key cut and the
 * size and SHA-256 of the original value beside them. A letter cut before keeps what it says of the original.
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
