import { crc32c } from './crc32c';
import { pooledCopy, pooledFloats } from './pools';
import { textOf } from './text-memo';

const CHECKSUM_BYTES = 4;
/** A varint below 2^53 has 8 bytes at most. */
const LARGEST_SCALE = 2 ** 49;
/** Bit operations are exact below this. */
const INT32_END = 2 ** 31;
/** A writer keeps no larger buffer than this for the next blob. */
const MOST_KEPT_BYTES = 4 * 2 ** 20;
const encoder = new TextEncoder();

/** A growing buffer of numbers. Little-endian. Varints are unsigned LEB128 below 2^53. */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /**
   * Returns a copy of what `fill` writes. This is the only way to get bytes out. The writer is empty afterwards, even if `fill` throws, so
   * no half-written blob can precede the next one.
   */
  write(fill: (writer: this) => void): Uint8Array {
    return this.filled(fill, true)!;
  }

  /** Throws what `fill` throws. Nothing is kept of what it writes. */
  tryOut(fill: (writer: this) => void): void {
    this.filled(fill, false);
  }

  private filled(fill: (writer: this) => void, isKept: boolean): Uint8Array | null {
    if (this.length > 0) throw new Error('a ByteWriter is in use: one blob can not be written inside another');
    try {
      fill(this);
      return isKept ? pooledCopy(this.bytes, this.length) : null;
    } finally {
      this.length = 0;
      if (this.bytes.length > MOST_KEPT_BYTES) this.allocate(MOST_KEPT_BYTES);
    }
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  varint(value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) throw new RangeError(`varint out of range: ${value}`);
    this.reserve(8);
    const { bytes } = this;
    let at = this.length;
    let rest = value;
    for (; rest >= INT32_END; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at] = rest;
    this.length = at + 1;
  }

  /** Zigzag: small negative numbers take few bytes. */
  signedVarint(value: number): void {
    // The double of a half is whole.
    if (!Number.isInteger(value)) throw new RangeError(`signed varint out of range: ${value}`);
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  uint32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  uint32BigEndian(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, false);
    this.length += 4;
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  float32s(values: Float32Array): void {
    this.reserve(values.length * 4);
    // By index: an iterator would make an object of each number.
    for (let i = 0; i < values.length; i++) this.view.setFloat32(this.length + 4 * i, values[i]!, true);
    this.length += 4 * values.length;
  }

  text(value: string): void {
    if (!this.shortAscii(value, 1)) this.blob(encoder.encode(value));
  }

  /** The same with its length as a signed varint, as Avro has it. */
  signedText(value: string): void {
    if (this.shortAscii(value, 2)) return;
    const bytes = encoder.encode(value);
    this.signedVarint(bytes.length);
    this.raw(bytes);
  }

  /** A text's bytes without their length. */
  utf8(value: string): void {
    this.reserve(value.length);
    if (this.ascii(value, this.length)) this.length += value.length;
    else this.raw(encoder.encode(value));
  }

  /** The bytes without their length. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Length, then the bytes. */
  blob(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** CRC-32C of everything written so far, as a uint32. */
  checksum(): void {
    this.uint32(crc32c(this.bytes, 0, this.length));
  }

  /**
   * Writes a text whose length takes one byte, such as a version, without an array of its own. False, with nothing written, if it is not
   * one. The length stands `scale` times as large.
   */
  private shortAscii(value: string, scale: 1 | 2): boolean {
    const { length } = value;
    if (length * scale > 0x7f) return false;
    this.reserve(length + 1);
    if (!this.ascii(value, this.length + 1)) return false;
    this.bytes[this.length] = length * scale;
    this.length += 1 + length;
    return true;
  }

  /** Puts a text of ASCII at a reserved place. False if it is not one. */
  private ascii(value: string, at: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at + i] = code;
    }
    return true;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const before = this.bytes;
    this.allocate(Math.max(2 * before.length, this.length + more));
    this.bytes.set(before);
  }

  private allocate(capacity: number): void {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }
}

/**
 * Reads the output of {@link ByteWriter} from untrusted bytes. A count never allocates more than the remaining bytes could fill. Forms that
 * no writer produces are refused. Throws RangeError only.
 */
export class ByteReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Number of bytes not yet read. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    this.need(1);
    return this.bytes[this.at++]!;
  }

  /** A code below `limit`. */
  code(limit: number, what: string): number {
    const value = this.byte();
    if (value >= limit) throw new RangeError(`${what} ${value}, expected below ${limit}`);
    return value;
  }

  varint(): number {
    // Most numbers have one byte.
    const first = this.bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at += 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER || (byte === 0 && scale > 1)) throw new RangeError('varint out of range');
        return value;
      }
      scale *= 0x80;
      if (scale > LARGEST_SCALE) throw new RangeError('varint too long');
    }
  }

  signedVarint(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Number of items that follow, each of `itemBytes` or more. */
  count(itemBytes: number): number {
    const count = this.varint();
    if (count * itemBytes > this.left) throw new RangeError(`${count} items announced, ${this.left} bytes are left`);
    return count;
  }

  uint32(): number {
    this.need(4);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  float64(): number {
    this.need(8);
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  float32s(count: number): Float32Array {
    this.need(4 * count);
    const values = pooledFloats(count);
    for (let i = 0; i < count; i++) values[i] = this.view.getFloat32(this.at + 4 * i, true);
    this.at += 4 * count;
    return values;
  }

  text(): string {
    return this.utf8(this.count(1));
  }

  /** Text of `length` bytes. */
  utf8(length: number): string {
    this.need(length);
    this.at += length;
    return textOf(this.bytes, this.at - length, this.at);
  }

  /** A view of the input, not a copy. */
  blob(): Uint8Array {
    return this.raw(this.count(1));
  }

  /** Throws if bytes are left. */
  end(): void {
    if (this.left > 0) throw new RangeError(`${this.left} bytes after the end`);
  }

  private raw(length: number): Uint8Array {
    this.need(length);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private need(bytes: number): void {
    if (bytes > this.left) throw new RangeError(`${bytes} bytes expected, ${this.left} are left`);
  }
}

/** The bytes without the checksum at their end, see {@link ByteWriter.checksum}. Throws RangeError if the checksum differs. */
export function withoutChecksum(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 0) throw new RangeError(`${bytes.length} bytes, too few for a checksum`);
  const stored = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(end, true);
  const found = crc32c(bytes, 0, end);
  if (stored === found) return bytes.subarray(0, end);
  throw new RangeError(`checksum ${hex(stored)}, the bytes have ${hex(found)}`);
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
