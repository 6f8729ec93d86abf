import type { Random } from '../../domain/math/random';

/** Of one batch, row-major: 0 where dropped, else 1 ÷ (1 − rate), so that means stay. */
export type DropoutMask = Float32Array;

export function drawDropout(size: number, rate: number, random: Random): DropoutMask {
  const kept = 1 / (1 - rate);
  return Float32Array.from({ length: size }, () => (random() < rate ? 0 : kept));
}
