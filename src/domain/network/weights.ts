import { ATTRIBUTE_FEATURES } from '../attributes';
import { RAMPS_AT } from '../features/features';
import { GATES, MOST_LAYERS, type NetworkShape, OUTPUTS, readWidth } from './shape';

const LAYER_TENSORS = ['inputKernel', 'recurrentKernel', 'bias'] as const;
type LayerTensor = (typeof LAYER_TENSORS)[number];

export const ENCODER_TENSORS = [
  ...LAYER_TENSORS,
  'inputKernel2',
  'recurrentKernel2',
  'bias2',
  'inputKernel3',
  'recurrentKernel3',
  'bias3',
  'attentionKernel',
] as const;
export const HEAD_TENSORS = ['headKernel', 'headBias', 'outputKernel', 'outputBias', 'curve'] as const;
export const WEIGHT_TENSORS = [...ENCODER_TENSORS, ...HEAD_TENSORS] as const;
export type WeightTensor = (typeof WEIGHT_TENSORS)[number];
/** True for a matrix. The other tensors are biases and the curve. */
export function isKernel(name: WeightTensor): boolean {
  return name.includes('ernel');
}

type Tensors = Readonly<Record<WeightTensor, Float32Array>>;

/** All trained numbers, row-major, float32. Every tensor name is present; a tensor that the shape does not use is empty. */
export interface NetworkWeights extends Tensors {
  readonly shape: NetworkShape;
}

/** Names of the tensors of a recurrent layer; layer 0 is the lowest. */
export function layerTensors(layer: number): Readonly<Record<LayerTensor, WeightTensor>> {
  const [inputKernel, recurrentKernel, bias] = ENCODER_TENSORS.slice(3 * layer) as [
    WeightTensor,
    WeightTensor,
    WeightTensor,
  ];
  return { inputKernel, recurrentKernel, bias };
}

/** Dimensions of each tensor for a shape. [0] if the shape does not use it. G, the columns per unit: see {@link GATES}. */
export function tensorDimensions(shape: NetworkShape): Readonly<Record<WeightTensor, readonly number[]>> {
  const { stepFeatures: F, summaryFeatures: S, units: H, headUnits: D, layers, attention } = shape;
  const columns = GATES[shape.cell] * H; // G·H
  const dimensions: Record<string, readonly number[]> = {
    attentionKernel: attention ? [H, H] : [0],
    headKernel: [readWidth(shape) + S, D],
    headBias: [D],
    outputKernel: [D, OUTPUTS],
    outputBias: [OUTPUTS],
    curve: [1], // raw κ of the order curve, shared by all customers: κ = softplus(raw) − 1
  };
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    const { inputKernel, recurrentKernel, bias } = layerTensors(layer);
    const there = layer < layers;
    dimensions[inputKernel] = there ? [layer === 0 ? F : H, columns] : [0];
    dimensions[recurrentKernel] = there ? [H, columns] : [0];
    dimensions[bias] = there ? [columns] : [0];
  }
  return dimensions as Record<WeightTensor, readonly number[]>;
}

/** The tensors that a shape uses, in the order of WEIGHT_TENSORS. */
export function tensorsOf(shape: NetworkShape): readonly WeightTensor[] {
  const dimensions = tensorDimensions(shape);
  return WEIGHT_TENSORS.filter((name) => dimensions[name][0] !== 0);
}

/** Makes weights tensor by tensor, in the order of WEIGHT_TENSORS. */
export function makeWeights(
  shape: NetworkShape,
  make: (name: WeightTensor, dimensions: readonly number[]) => Float32Array,
): NetworkWeights {
  const dimensions = tensorDimensions(shape);
  const tensors = WEIGHT_TENSORS.map((name) => [
    name,
    dimensions[name][0] === 0 ? new Float32Array(0) : make(name, dimensions[name]),
  ]);
  return { shape, ...(Object.fromEntries(tensors) as Tensors) };
}

/**
 * Initial weights: Glorot-uniform kernels, and forget bias 1 for the LSTM (Jozefowicz et al. 2015). All others are zero, including those
 * of the summary features from {@link RAMPS_AT} on. Attributes do not count in the fan-in and take no draws. So a shop without attributes
 * trains as if they did not exist. `random` draws uniform [0, 1).
 */
export function initialWeights(shape: NetworkShape, random: () => number): NetworkWeights {
  const H = shape.units;
  return makeWeights(shape, (name, dimensions) => {
    const [rows, columns] = dimensions as [number, number?];
    if (columns === undefined) {
      const isForgetful = shape.cell === 'lstm' && name.startsWith('bias');
      return isForgetful ? new Float32Array(rows).fill(1, H, 2 * H) : new Float32Array(rows);
    }
    const drawn = name === 'headKernel' ? rows - ATTRIBUTE_FEATURES : rows;
    const limit = Math.sqrt(6 / (drawn + columns));
    const kernel = new Float32Array(rows * columns);
    for (let i = 0; i < drawn * columns; i++) kernel[i] = (2 * random() - 1) * limit;
    if (name === 'headKernel') kernel.fill(0, (readWidth(shape) + RAMPS_AT) * columns);
    return name === 'outputKernel' ? kernel.map((w) => 0.1 * w) : kernel;
  });
}
