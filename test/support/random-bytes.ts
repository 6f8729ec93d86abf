import { mulberry32 } from '../../src/domain/math/random';
import { testSeed } from './seeded';

export interface SeededBytes {
  readonly seed: number;
  /** A whole number below `end`. */
  below(end: number): number;
  bytes(length: number): Buffer;
}

/** Random bytes from a seed that is printed. SEED in the environment repeats a run. */
export function seeded(what: string): SeededBytes {
  const seed = testSeed();
  console.log(`${what}: CLV_TEST_SEED=${seed}`);
  const random = mulberry32(seed);
  const below = (end: number) => Math.floor(random() * end);
  return { seed, below, bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => below(256))) };
}
