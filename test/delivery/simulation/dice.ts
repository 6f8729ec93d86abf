import type { Random } from '../../../src/domain/math/random';

/** Uniform integer in [0, n). */
export function below(random: Random, n: number): number {
  return Math.floor(random() * n);
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)]!;
}
