/*
 * Differs from serde/byte-cursor: Kafka's numbers are big-endian, a length of 0 means null, and a broker may write a varint in more
 * bytes than necessary.
 */

/** Writes fields of Kafka's protocol. Strings and arrays have the compact form unless the method's name says otherwise. */
export class RequestWriter {
  private readonly parts: Buffer[] = [];

  bytes(value: Buffer): this {
    this.parts.push(value);
    return this;
  }

  /** No tagged fields. */
  tags(): this {
    return this.varint(0);
  }

  /** Length of the array that follows. */
  count(length: number): this {
    return this.varint(length + 1);
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    return this.varint(bytes.length + 1).bytes(bytes);
  }

  flag(value: boolean): this {
    return this.bytes(Buffer.from([value ? 1 : 0]));
  }

  int16(value: number): this {
    const bytes = Buffer.alloc(2);
    bytes.writeInt16BE(value);
    return this.bytes(bytes);
  }

  int64(value: number | bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(value));
    return this.bytes(bytes);
  }

  int32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return this.bytes(bytes);
  }

  /** The string of protocol versions that are not flexible. */
  plainText(value: string): this {
    const bytes = Buffer.from(value);
    return this.int16(bytes.length).bytes(bytes);
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }

  private varint(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    return this.bytes(Buffer.from([...bytes, rest]));
  }
}

/** Reads what {@link RequestWriter} writes. Throws RangeError if the bytes are too short. */
export class ResponseReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  bytes(length: number): Buffer {
    const end = this.at + length;
    if (length < 0 || end > this.buffer.length) throw new RangeError('the answer of a broker ends too early');
    const bytes = this.buffer.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  int8(): number {
    return this.bytes(1).readInt8();
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  int32(): number {
    return this.bytes(4).readInt32BE();
  }

  int64(): number {
    return Number(this.bytes(8).readBigInt64BE());
  }

  text(): string | null {
    const length = this.varint() - 1;
    return length < 0 ? null : this.bytes(length).toString();
  }

  plainText(): string {
    return this.bytes(this.int16()).toString();
  }

  plainTextOrNull(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.bytes(length).toString();
  }

  array<T>(read: () => T): T[] {
    return this.times(this.varint() - 1, read);
  }

  plainArray<T>(read: () => T): T[] {
    return this.times(this.int32(), read);
  }

  /** The tagged fields, by tag. */
  tags(): Map<number, Buffer> {
    const fields = new Map<number, Buffer>();
    for (let left = this.varint(); left > 0; left--) {
      const tag = this.varint();
      fields.set(tag, this.bytes(this.varint()));
    }
    return fields;
  }

  bigint64(): bigint {
    return this.bytes(8).readBigInt64BE();
  }

  private times<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = this.bytes(1)[0]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('a number in the answer of a broker has more than five bytes');
  }
}
