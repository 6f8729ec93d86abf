import { type Kernel, openKernel } from './kernel';
import { layerWeights } from './layer-weights';
import { CELLS, GATES, OUTPUTS, readWidth } from './shape';
import type { NetworkWeights } from './weights';

const NUMBER_BYTES = 8;
const WORD_BYTES = 4;
/** Words of the kernel's record of a layer, and of the heads. */
const LAYER_WORDS = 15;
const HEADS_WORDS = 11;
/** Columns of a block of a matrix. */
const BLOCK = 16;
/** Numbers of an entry in the kernel's list of a product's rows. */
const ENTRY = 2;

/** Where to write the inputs and find the results, as indices into `numbers`. */
export interface KernelMemory {
  readonly kernel: Kernel;
  readonly numbers: Float64Array;
  readonly x: number; // [F]
  /** By layer, lowest first. */
  readonly hidden: readonly number[]; // [H] each
  readonly cell: readonly number[]; // [H] each
  /** The heads' inputs: h, context, summary. */
  readonly read: number; // [readWidth + S]
  /** Byte of the heads' record; that of the first layer is 0. */
  readonly heads: number;
  readonly outputs: Float64Array; // [OUTPUTS]
}

/** Puts weights and scratch space into a new memory, in the layout of kernel/network.ts: change both together. */
export function kernelMemory(weights: NetworkWeights): KernelMemory {
  const { stepFeatures, summaryFeatures, units, headUnits, cell, layers } = weights.shape;
  const layout = new Layout(layers * LAYER_WORDS + HEADS_WORDS);
  const gates = GATES[cell];
  const [even, evenHeads] = [roundUp(units, 2), roundUp(headUnits, 2)];
  const columns = roundUp(gates * even, BLOCK);
  const inputs = readWidth(weights.shape) + summaryFeatures;
  const rows = layout.space(ENTRY * (Math.max(stepFeatures, even, inputs, evenHeads) + 1));
  const zeros = layout.space(columns);
  const x = layout.space(stepFeatures);
  const hidden = Array.from({ length: layers }, () => layout.space(even));
  const cells = Array.from({ length: layers }, () => layout.space(even));
  const words: number[] = [];
  for (let l = 0; l < layers; l++) {
    const layer = layerWeights(weights, l);
    const width = l === 0 ? stepFeatures : even;
    const bias = blocks(layer.bias, 1, { gates, units });
    const recurrent = layout.space(columns);
    const biasAt = layout.put(bias);
    // The reset gate of a GRU stands between h·U and the other sums.
    const isApart = cell === 'gru';
    // For the h of zeros that `known` holds at first.
    if (!isApart) layout.write(recurrent, bias);
    words.push(
      ...[CELLS.indexOf(cell), width, even, columns],
      ...[l === 0 ? x : hidden[l - 1]!, hidden[l]!, cells[l]!],
      layout.put(blocks(layer.inputKernel, width, { gates, units })),
      layout.put(blocks(layer.recurrentKernel, even, { gates, units })),
      ...(isApart ? [zeros, recurrent, biasAt] : [biasAt, recurrent, recurrent]),
      ...[layout.space(columns), layout.space(even), rows],
    );
  }
  const read = layout.space(inputs);
  const outputs = layout.space(BLOCK);
  const ofHeads = { gates: 1, units: headUnits };
  const ofOutputs = { gates: 1, units: OUTPUTS };
  words.push(
    ...[inputs, evenHeads, roundUp(evenHeads, BLOCK), read],
    layout.put(blocks(weights.headKernel, inputs, ofHeads)),
    layout.put(blocks(weights.headBias, 1, ofHeads)),
    layout.space(roundUp(evenHeads, BLOCK)),
    layout.put(blocks(weights.outputKernel, evenHeads, ofOutputs)),
    layout.put(blocks(weights.outputBias, 1, ofOutputs)),
    ...[outputs, rows],
  );
  const { kernel, numbers } = layout.open(words);
  const index = (byte: number) => byte / NUMBER_BYTES;
  return {
    kernel,
    numbers,
    x: index(x),
    hidden: hidden.map(index),
    cell: cells.map(index),
    read: index(read),
    heads: layers * LAYER_WORDS * WORD_BYTES,
    outputs: numbers.subarray(index(outputs), index(outputs) + OUTPUTS),
  };
}

/** Gives out places one after the other, and fills them when the size of the memory is known. Places are in bytes. */
class Layout {
  private end: number;
  private readonly contents: { readonly at: number; readonly numbers: Float64Array }[] = [];

  constructor(words: number) {
    this.end = roundUp(words * WORD_BYTES, 2 * NUMBER_BYTES);
  }

  /** A place for so many numbers, zeros at first. */
  space(numbers: number): number {
    const at = this.end;
    this.end += roundUp(numbers, 2) * NUMBER_BYTES;
    return at;
  }

  put(numbers: Float64Array): number {
    const at = this.space(numbers.length);
    this.write(at, numbers);
    return at;
  }

  write(at: number, numbers: Float64Array): void {
    this.contents.push({ at, numbers });
  }

  open(words: readonly number[]): { readonly kernel: Kernel; readonly numbers: Float64Array } {
    const { kernel, buffer } = openKernel(this.end);
    new Int32Array(buffer).set(words);
    const all = new Float64Array(buffer);
    for (const { at, numbers } of this.contents) all.set(numbers, at / NUMBER_BYTES);
    return { kernel, numbers: all };
  }
}

/**
 * A matrix [n, gates · units], row-major, as blocks of {@link BLOCK} columns with `rows` ≥ n rows each. Every gate begins at an even column,
 * and zeros fill the rest.
 */
function blocks(
  matrix: Float32Array,
  rows: number,
  { gates, units }: { readonly gates: number; readonly units: number },
): Float64Array {
  const even = roundUp(units, 2);
  const packed = new Float64Array(rows * roundUp(gates * even, BLOCK));
  const n = matrix.length / (gates * units);
  let from = 0;
  for (let row = 0; row < n; row++) {
    for (let gate = 0; gate < gates; gate++) {
      for (let unit = 0; unit < units; unit++) {
        const column = gate * even + unit;
        const within = column % BLOCK;
        packed[(column - within) * rows + row * BLOCK + within] = matrix[from++]!;
      }
    }
  }
  return packed;
}

function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}
