/** Without ignoreBOM, the decoder would remove U+FEFF from the beginning of a text. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const MOST_LENGTH = 64;
/** A power of two. */
const SLOTS = 64;

interface Memo {
  readonly bytes: Uint8Array;
  readonly text: string;
}
const memos = new Array<Memo | undefined>(SLOTS).fill(undefined);

/**
 * The text of bytes from `from` to `to`. Short texts are remembered, the last one of each slot: the same versions and attributes come
 * again and again. Throws RangeError if it is no valid UTF-8.
 */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length === 0) return '';
  if (length > MOST_LENGTH) return decoded(bytes.subarray(from, to));
  const slot = (Math.imul(bytes[from]!, 31) ^ Math.imul(bytes[to - 1]!, 7) ^ length) & (SLOTS - 1);
  const memo = memos[slot];
  if (memo !== undefined && isEqual(memo.bytes, bytes, from, length)) return memo.text;
  const own = bytes.slice(from, to);
  const text = decoded(own);
  memos[slot] = { bytes: own, text };
  return text;
}

function isEqual(own: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (own.length !== length) return false;
  for (let i = 0; i < length; i++) if (own[i] !== bytes[from + i]) return false;
  return true;
}

function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RangeError('text is no valid UTF-8');
  }
}
