import { getHeapStatistics } from 'node:v8';
import { mulberry32 } from '../../src/domain/math/random';
import { drawInput } from './mutate';
import type { FuzzTarget } from './target';

/** Processor time, so that a busy machine slows nothing down. */
export const MOST_CPU_MS = 1_000;

export interface Finding {
  readonly target: string;
  readonly seed: number;
  /** Number of the input; with the seed it makes the input again. */
  readonly index: number;
  readonly what: string;
  readonly input: Uint8Array;
}

/** Input number `index` of a run. */
export function inputOf(target: FuzzTarget, seed: number, index: number): Uint8Array {
  const random = mulberry32((seed + Math.imul(index, 0x9e3779b1)) >>> 0);
  const input = drawInput(target.corpus, random);
  return target.repair !== undefined && random() < 0.5 ? target.repair(input) : input;
}

/**
 * Runs one input; what is wrong with it, or null. Memory is what the heap, buffers outside it and the process as a whole grew by, whichever
 * is most: a buffer that was asked for and never touched is not in the process, one that is freed already is not in the heap.
 */
export async function execute(target: FuzzTarget, input: Uint8Array): Promise<string | null> {
  const before = memory();
  const startedCpu = process.cpuUsage();
  try {
    await target.run(input);
  } catch (error) {
    return `threw ${(error as Error)?.stack ?? String(error)}`;
  }
  const { user, system } = process.cpuUsage(startedCpu);
  const cpuMs = (user + system) / 1000;
  const after = memory();
  const grown = Math.max(after.held - before.held, after.peak - before.peak);
  const bound = target.memoryBound(input.length);
  if (grown > bound) return `took ${grown} bytes of memory for ${input.length} bytes, bound ${bound}`;
  if (cpuMs > MOST_CPU_MS) return `took ${cpuMs.toFixed(0)} ms of processor time for ${input.length} bytes`;
  return null;
}

function memory(): { held: number; peak: number } {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return { held: heap + external, peak: process.resourceUsage().maxRSS * 1024 };
}
