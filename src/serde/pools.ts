/*
 * Small arrays as parts of larger memory. An array of its own memory costs an allocation outside the heap, and work when it is collected. A
 * part keeps its whole chunk alive, so chunks are small, and what is larger than a quarter of one gets memory of its own.
 */
const CHUNK_BYTES = 8_192;
const MOST_PART_BYTES = CHUNK_BYTES / 4;

let bytes = new ArrayBuffer(CHUNK_BYTES);
let bytesUsed = 0;
let floats = new ArrayBuffer(CHUNK_BYTES);
let floatsUsed = 0;

/** The first `length` bytes of an array, as a copy. */
export function pooledCopy(from: Uint8Array, length: number): Uint8Array {
  if (length > MOST_PART_BYTES) return from.slice(0, length);
  if (bytesUsed + length > CHUNK_BYTES) {
    bytes = new ArrayBuffer(CHUNK_BYTES);
    bytesUsed = 0;
  }
  const copy = new Uint8Array(bytes, bytesUsed, length);
  bytesUsed += length;
  for (let i = 0; i < length; i++) copy[i] = from[i]!;
  return copy;
}

/** Numbers that the caller writes all of. Zero at first, as in an array of their own. */
export function pooledFloats(count: number): Float32Array {
  const length = 4 * count;
  if (length > MOST_PART_BYTES) return new Float32Array(count);
  if (floatsUsed + length > CHUNK_BYTES) {
    floats = new ArrayBuffer(CHUNK_BYTES);
    floatsUsed = 0;
  }
  const part = new Float32Array(floats, floatsUsed, count);
  floatsUsed += length;
  return part;
}
