import type { NetworkShape } from '../domain/network/shape';
import {
  makeWeights,
  type NetworkWeights,
  tensorDimensions,
  tensorsOf,
  type WeightTensor,
} from '../domain/network/weights';
import { float16Bits, fromFloat16Bits } from './float16';

/*
 * The tensors of an artefact: those of the shape, in the order of WEIGHT_TENSORS, row-major, little-endian, without gaps. By dtype:
 *
 *   float32  4 bytes a number
 *   float16  2 bytes a number
 *   int8     per row (a vector is one row) a scale, float32; then 1 byte q a number: weight = scale · q, q in −127…127
 *
 * All dtypes are loaded as float32.
 */
export const TENSOR_DTYPES = ['float32', 'float16', 'int8'] as const;
export type TensorDtype = (typeof TENSOR_DTYPES)[number];

export interface TensorEntry {
  readonly name: WeightTensor;
  readonly dtype: TensorDtype;
  readonly dimensions: readonly number[];
  /** Bytes from the beginning of the tensors. */
  readonly offset: number;
}

const MOST_INT8 = 127;

/**
 * The table of an artefact in a dtype. With int8 the vectors (biases, the curve) stay float32. They are 2 % of the numbers, and a common
 * scale for the biases of all gates or outputs would cost more than it saves.
 */
export function tensorTable(shape: NetworkShape, dtype: TensorDtype): TensorEntry[] {
  const all = tensorDimensions(shape);
  return laidOut(
    shape,
    tensorsOf(shape).map((name) => (dtype === 'int8' && all[name].length === 1 ? 'float32' : dtype)),
  );
}

export function writeTensors(weights: NetworkWeights, table: readonly TensorEntry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(endOf(table)));
  for (const entry of table) write(view, entry, weights[entry.name]);
  return new Uint8Array(view.buffer);
}

/** Null if the table does not match the shape, or the number of bytes does not match the table. */
export function readTensors(
  bytes: Uint8Array,
  shape: NetworkShape,
  table: readonly TensorEntry[],
): NetworkWeights | null {
  const dtypes = table.map((entry) => entry?.dtype);
  if (dtypes.length !== tensorsOf(shape).length || !dtypes.every((dtype) => TENSOR_DTYPES.includes(dtype))) return null;
  const expected = laidOut(shape, dtypes);
  if (JSON.stringify(table) !== JSON.stringify(expected) || bytes.length !== endOf(expected)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map(expected.map((entry) => [entry.name, entry]));
  return makeWeights(shape, (name) => read(view, entries.get(name)!));
}

function laidOut(shape: NetworkShape, dtypes: readonly TensorDtype[]): TensorEntry[] {
  const all = tensorDimensions(shape);
  let offset = 0;
  return tensorsOf(shape).map((name, i) => {
    const entry: TensorEntry = { name, dtype: dtypes[i]!, dimensions: all[name], offset };
    offset += bytesOf(entry);
    return entry;
  });
}

function endOf(table: readonly TensorEntry[]): number {
  const last = table[table.length - 1]!;
  return last.offset + bytesOf(last);
}

function bytesOf(entry: TensorEntry): number {
  const { rows, columns } = rowsOf(entry);
  if (entry.dtype === 'int8') return rows * (4 + columns);
  return (entry.dtype === 'float16' ? 2 : 4) * rows * columns;
}

function rowsOf({ dimensions }: TensorEntry): { rows: number; columns: number } {
  return dimensions.length === 1
    ? { rows: 1, columns: dimensions[0]! }
    : { rows: dimensions[0]!, columns: dimensions[1]! };
}

function write(view: DataView, entry: TensorEntry, values: Float32Array): void {
  const { dtype, offset } = entry;
  if (dtype === 'float32') values.forEach((value, i) => void view.setFloat32(offset + 4 * i, value, true));
  else if (dtype === 'float16')
    values.forEach((value, i) => void view.setUint16(offset + 2 * i, float16Bits(value), true));
  else {
    const { rows, columns } = rowsOf(entry);
    for (let row = 0; row < rows; row++) {
      const of = values.subarray(row * columns, (row + 1) * columns);
      const scale = Math.fround(of.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / MOST_INT8);
      view.setFloat32(offset + 4 * row, scale, true);
      const at = offset + 4 * rows + row * columns;
      of.forEach((value, i) => {
        const q = scale === 0 ? 0 : Math.round(value / scale);
        view.setInt8(at + i, Math.max(-MOST_INT8, Math.min(MOST_INT8, q)));
      });
    }
  }
}

function read(view: DataView, entry: TensorEntry): Float32Array {
  const { dtype, offset } = entry;
  const { rows, columns } = rowsOf(entry);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    if (dtype === 'float32') return view.getFloat32(offset + 4 * i, true);
    if (dtype === 'float16') return fromFloat16Bits(view.getUint16(offset + 2 * i, true));
    return view.getFloat32(offset + 4 * Math.floor(i / columns), true) * view.getInt8(offset + 4 * rows + i);
  });
}
