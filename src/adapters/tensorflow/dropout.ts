import type { Random } from '../../domain/math/random';

/** Mask of one batch, row-major: 0 if dropped, else 1 ÷ (1 − rate), so that means don't change. */
export type DropoutMask = Float32Array;

export function drawDropout(size: number, rate: number, random: Random): DropoutMask {
  const kept = 1 / (1 - rate);
  return Float32Array.from({ length: size }, () => (random() < rate ? 0 : kept));
}
