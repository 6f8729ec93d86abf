import type { NetworkWeights, WeightTensor } from '../../src/domain/network/weights';

/** The network as in the original papers, with lists of numbers in double precision. The served kernel is compared with it. */
type Vector = number[];

const sum = (numbers: readonly number[]): number => numbers.reduce((total, next) => total + next, 0);
const squash = (x: number): number => 1 / (1 + Math.exp(-x));

/** x · W for W [x.length, columns], row-major. */
function times(x: readonly number[], matrix: Float32Array): Vector {
  const columns = matrix.length / x.length;
  return Array.from({ length: columns }, (_, k) => sum(x.map((value, j) => value * matrix[j * columns + k]!)));
}

const plus = (a: readonly number[], b: ArrayLike<number>): Vector => a.map((value, i) => value + b[i]!);
/** The g-th part of a vector that is cut into parts of `units`. */
const part = (vector: readonly number[], g: number, units: number): Vector => vector.slice(g * units, (g + 1) * units);

interface LayerState {
  readonly h: Vector;
  readonly c: Vector;
}

function stepLayer(weights: NetworkWeights, layer: number, { h, c }: LayerState, x: Vector): LayerState {
  const suffix = layer === 0 ? '' : `${layer + 1}`;
  const tensor = (name: string) => weights[`${name}${suffix}` as WeightTensor];
  const H = weights.shape.units;
  const input = plus(times(x, tensor('inputKernel')), tensor('bias'));
  const state = times(h, tensor('recurrentKernel'));
  const gate = (g: number) => plus(part(input, g, H), part(state, g, H));
  if (weights.shape.cell === 'rnn') return { h: gate(0).map(Math.tanh), c };
  if (weights.shape.cell === 'gru') {
    const [z, r] = [gate(0).map(squash), gate(1).map(squash)];
    const reset = part(state, 2, H).map((value, u) => value * r[u]!);
    const candidate = plus(part(input, 2, H), reset).map(Math.tanh);
    return { h: h.map((old, u) => z[u]! * old + (1 - z[u]!) * candidate[u]!), c };
  }
  const [i, f, g, o] = [gate(0).map(squash), gate(1).map(squash), gate(2).map(Math.tanh), gate(3).map(squash)];
  const next = c.map((old, u) => f[u]! * old + i[u]! * g[u]!);
  return { h: next.map((value, u) => o[u]! * Math.tanh(value)), c: next };
}

/** Softmax over the keys and one zero key, as a plain average of vectors. */
function attended(weights: NetworkWeights, query: Vector, keys: readonly Vector[]): Vector {
  const H = query.length;
  const asked = times(query, weights.attentionKernel);
  const scores = keys.map((key) => sum(key.map((value, u) => value * asked[u]!)) / Math.sqrt(H));
  const total = 1 + sum(scores.map(Math.exp));
  return query.map((_, u) => sum(keys.map((key, t) => (Math.exp(scores[t]!) / total) * key[u]!)));
}

/** States of all layers, lowest first, after each step. */
export function plainStates(weights: NetworkWeights, steps: readonly Vector[]): LayerState[][] {
  const { layers, units } = weights.shape;
  const zero = new Array<number>(units).fill(0);
  let states: LayerState[] = Array.from({ length: layers }, () => ({ h: zero, c: zero }));
  return steps.map((input) => {
    let x = input;
    states = states.map((state, layer) => {
      const next = stepLayer(weights, layer, state, x);
      x = next.h;
      return next;
    });
    return states;
  });
}

/** The five raw outputs after the last step, which is the virtual one. */
export function plainOutputs(weights: NetworkWeights, steps: readonly Vector[], summary: Vector): Vector {
  const tops = plainStates(weights, steps).map((states) => states.at(-1)!.h);
  const last = tops.at(-1)!;
  const context = weights.shape.attention ? attended(weights, last, tops.slice(0, -1)) : [];
  const hidden = plus(times([...last, ...context, ...summary], weights.headKernel), weights.headBias).map(Math.tanh);
  return plus(times(hidden, weights.outputKernel), weights.outputBias);
}
