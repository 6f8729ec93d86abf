/** What bytes behind a frame are, if they are not what the schema id says. */
export type PayloadForm = 'JSON' | 'Protobuf';

/** null if they are neither, or if nobody can tell. */
export function payloadForm(bytes: Buffer): PayloadForm | null {
  if (isJsonObject(bytes)) return 'JSON';
  return isProtobuf(bytes) ? 'Protobuf' : null;
}

function isJsonObject(bytes: Buffer): boolean {
  const text = bytes.toString('utf8').trim();
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Behind the frame stand the indexes of the message in its schema: their count and each of them, or one 0 for the first message. Then come fields,
 * each with a number and a wire type. Writers put them in the order of their numbers. At least one must be a text, as every record of ours has one.
 * Bytes of another form may look like this, though seldom.
 */
function isProtobuf(bytes: Buffer): boolean {
  const at = { offset: 0 };
  const count = varint(bytes, at);
  if (count === null || count > bytes.length) return false;
  // Zigzag, so 2 is one index.
  for (let i = 0; i < count / 2; i++) if (varint(bytes, at) === null) return false;
  let hasText = false;
  let number = 1;
  while (at.offset < bytes.length) {
    const tag = varint(bytes, at);
    if (tag === null || Math.floor(tag / 8) < number) return false;
    number = Math.floor(tag / 8);
    const length = fieldBytes(tag % 8, bytes, at);
    if (length === null || at.offset + length > bytes.length) return false;
    if (tag % 8 === LENGTH_DELIMITED && length > 0) hasText ||= isText(bytes.subarray(at.offset, at.offset + length));
    at.offset += length;
  }
  return hasText;
}

const LENGTH_DELIMITED = 2;

/** Bytes that are still to come of a field of this wire type; null if there is no such type. */
function fieldBytes(wireType: number, bytes: Buffer, at: { offset: number }): number | null {
  switch (wireType) {
    case 0:
      return varint(bytes, at) === null ? null : 0;
    case 1:
      return 8;
    case LENGTH_DELIMITED:
      return varint(bytes, at);
    case 5:
      return 4;
    default:
      return null;
  }
}

/** Base 128, lowest group first. null beyond the end, or beyond ten bytes. */
function varint(bytes: Buffer, at: { offset: number }): number | null {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at.offset++];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  return null;
}

function isText(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return !/[\p{Cc}\uFFFD]/u.test(text);
}
