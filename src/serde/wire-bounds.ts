import { type Type, types } from 'avsc';

/**
 * Walks Avro bytes under a writer's schema before avsc does. avsc trusts the counts of arrays and maps, so a few damaged bytes could make
 * it loop for ever or fill the memory. Here a count may not exceed the remaining bytes.
 *   long:   zig-zag varint, 1 to 10 bytes          string, bytes: long length, then that many bytes
 *   union:  long branch, then its value            array, map: blocks (long count, or −count and a long byte size), then 0
 */
export type WireCheck = (bytes: Uint8Array, start: number) => boolean;

interface Cursor {
  readonly bytes: Uint8Array;
  position: number;
  /** Items of arrays and maps that may still come: no more than there are bytes. */
  items: number;
}
type Step = (cursor: Cursor) => void;

class OutOfBounds extends Error {}

/** A check for schemas with arrays or maps. undefined for the others, for which avsc is bounded on its own. */
export function wireCheck(writer: Type): WireCheck | undefined {
  const compiler = new Compiler();
  const step = compiler.step(writer);
  if (!compiler.repeats) return undefined;
  return (bytes, start) => {
    const cursor = { bytes, position: start, items: bytes.length };
    try {
      step(cursor);
    } catch {
      // This includes a schema that nests without end and overflows the stack.
      return false;
    }
    return cursor.position <= bytes.length;
  };
}

class Compiler {
  repeats = false;
  private readonly cached = new Map<Type, { step: Step }>();

  step(type: Type): Step {
    const cached = this.cached.get(type);
    if (cached) return (cursor) => cached.step(cursor);
    const slot = { step: advance(0) };
    this.cached.set(type, slot);
    slot.step = this.compile(type);
    return slot.step;
  }

  private compile(type: Type): Step {
    if (type instanceof types.LogicalType) return this.step(type.underlyingType);
    if (type instanceof types.RecordType) {
      const steps = type.fields.map((field) => this.step(field.type));
      return (cursor) => {
        for (const step of steps) step(cursor);
      };
    }
    if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
      const branches = type.types.map((branch) => this.step(branch));
      return (cursor) => {
        const branch = branches[readLong(cursor)];
        if (branch === undefined) throw new OutOfBounds();
        branch(cursor);
      };
    }
    if (type instanceof types.ArrayType) return this.blocks(this.step(type.itemsType));
    if (type instanceof types.MapType) {
      const value = this.step(type.valuesType);
      return this.blocks((cursor) => {
        lengthPrefixed(cursor);
        value(cursor);
      });
    }
    if (type instanceof types.FixedType) return advance(type.size);
    return PRIMITIVES[type.typeName] ?? advance(0);
  }

  private blocks(item: Step): Step {
    this.repeats = true;
    return (cursor) => {
      for (let count = readLong(cursor); count !== 0; count = readLong(cursor)) {
        const size = count < 0 ? readLong(cursor) : undefined;
        const end = size === undefined ? undefined : cursor.position + size;
        cursor.items -= Math.abs(count);
        if (cursor.items < 0) throw new OutOfBounds();
        for (let i = Math.abs(count); i > 0; i--) item(cursor);
        // avsc skips a block by its stated size. A wrong size would move it to a wrong position, even backwards.
        if (end !== undefined && end !== cursor.position) throw new OutOfBounds();
      }
    };
  }
}

const advance =
  (bytes: number): Step =>
  (cursor) => {
    cursor.position += bytes;
    if (cursor.position > cursor.bytes.length) throw new OutOfBounds();
  };

function lengthPrefixed(cursor: Cursor): void {
  const length = readLong(cursor);
  if (length < 0 || length > cursor.bytes.length - cursor.position) throw new OutOfBounds();
  cursor.position += length;
}

/** Exact below 2^53. Above that, precise enough to be refused as a length or count. */
function readLong(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.bytes[cursor.position++];
    if (byte === undefined) throw new OutOfBounds();
    value += (byte & 0x7f) * scale;
    if ((byte & 0x80) === 0) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 128;
  }
  throw new OutOfBounds();
}

const PRIMITIVES: Readonly<Record<string, Step>> = {
  null: advance(0),
  boolean: advance(1),
  int: readLong,
  long: readLong,
  'abstract:long': readLong,
  enum: readLong,
  float: advance(4),
  double: advance(8),
  string: lengthPrefixed,
  bytes: lengthPrefixed,
};
