import type { Type } from 'avsc';
import type { Contract } from './contracts';

/**
 * Confluent framing. It alone distinguishes Avro from JSON:
 *   byte 0      0x00
 *   bytes 1–4   schema id, unsigned, big-endian
 *   bytes 5–    Avro binary under the writer's schema
 */
export const MAGIC_BYTE = 0x00;
export const FRAME_BYTES = 5;
/** First byte of a JSON object: '{'. */
export const JSON_BYTE = 0x7b;

/** The same memory as a Buffer, which avsc requires. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A writer keeps no larger buffer than this for the next record. */
const MOST_KEPT_BYTES = 4 * 2 ** 20;

/** Writes records of one contract into a reused buffer, and returns copies of the right size. */
export class FramedWriter {
  private scratch: Buffer;
  private readonly type: Type;

  constructor(
    private readonly contract: Contract,
    private readonly initialBytes = 2048,
  ) {
    this.type = contract.type;
    this.scratch = this.allocate(initialBytes);
  }

  /** Throws on a value that does not fit the schema. That is a defect of this program, never a fault of the input. */
  encode(value: object): Buffer {
    let end = this.type.encode(value, this.scratch, FRAME_BYTES);
    if (end < 0) {
      // If the buffer is too small, avsc returns minus the number of missing bytes.
      this.scratch = this.allocate(this.scratch.length - end + 1024);
      end = this.type.encode(value, this.scratch, FRAME_BYTES);
    }
    const framed = Buffer.allocUnsafe(end);
    this.scratch.copy(framed, 0, 0, end);
    if (this.scratch.length > MOST_KEPT_BYTES) this.scratch = this.allocate(this.initialBytes);
    return framed;
  }

  private allocate(bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    buffer[0] = MAGIC_BYTE;
    buffer.writeUInt32BE(this.contract.id, 1);
    return buffer;
  }
}
