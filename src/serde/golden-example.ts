import { Network } from '../domain/network/network';
import { type NetworkShape, OUTPUTS } from '../domain/network/shape';
import type { NetworkWeights } from '../domain/network/weights';

/** One input, with the output of the kernel that made the artefact. A kernel with another output must not serve the artefact. */
export interface GoldenExample {
  readonly steps: number; // T
  readonly sequence: readonly number[]; // [T, F]
  readonly summary: readonly number[]; // [S]
  readonly outputs: readonly number[]; // [5], raw
}

const STEPS = 3;
/** Largest accepted difference of a raw output, relative if the output is above 1. */
const GOLDEN_TOLERANCE = 1e-5;

/** A fixed input of the weights' shape, and the kernel's output for it. */
export function goldenExample(weights: NetworkWeights): GoldenExample {
  const { stepFeatures: F, summaryFeatures: S } = weights.shape;
  const sequence = Array.from({ length: STEPS * F }, (_, i) => Math.fround(((i * 37) % 19) / 19));
  const summary = Array.from({ length: S }, (_, i) => Math.fround(((i * 23) % 17) / 17));
  return { steps: STEPS, sequence, summary, outputs: kernelOutputs(weights, STEPS, sequence, summary) };
}

export function goldenHolds(weights: NetworkWeights, golden: GoldenExample): boolean {
  if (!fits(weights.shape, golden)) return false;
  const { steps, sequence, summary, outputs } = golden;
  return kernelOutputs(weights, steps, sequence, summary).every((output, k) => {
    const difference = Math.abs(output - outputs[k]!);
    return difference <= GOLDEN_TOLERANCE * Math.max(1, Math.abs(outputs[k]!));
  });
}

function fits({ stepFeatures: F, summaryFeatures: S }: NetworkShape, golden: GoldenExample): boolean {
  const { steps, sequence, summary, outputs } = golden;
  return steps >= 1 && sequence.length === steps * F && summary.length === S && outputs.length === OUTPUTS;
}

function kernelOutputs(
  weights: NetworkWeights,
  steps: number,
  sequence: readonly number[],
  summary: readonly number[],
): number[] {
  return [...new Network(weights).outputs(steps, Float32Array.from(sequence), Float32Array.from(summary))];
}
