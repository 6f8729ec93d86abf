import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of the global WebAssembly that are used here: Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

/** The compiled kernel on one memory; its source is kernel/network.ts. */
export interface Kernel {
  /** Steps so many layers, whose records begin at byte `first`. */
  step(first: number, layers: number): void;
  /** Reads the heads of the record at byte `at`. */
  read(at: number): void;
}

const PAGE_BYTES = 65_536;
/** `dist/` lies beside `src/`, and both programs lie three folders deep. */
const FILE = join(__dirname, '..', '..', '..', 'dist', 'kernel.wasm');

let compiled: object | undefined;

/** The program's own code, read once, like an import. */
function kernelModule(): object {
  if (compiled !== undefined) return compiled;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(FILE);
  } catch (error) {
    throw new Error(`${FILE}, the compiled kernel of the network, cannot be read: run npm run build`, { cause: error });
  }
  compiled = new WebAssembly.Module(bytes);
  return compiled;
}

/**
 * A kernel with its own memory, all zeros. The memory is never shared and never grows: it goes with the last reference to it. A process
 * can hold about 10,000 at a time, since each takes 10 GB of address space (not of memory).
 */
export function openKernel(bytes: number): { readonly kernel: Kernel; readonly buffer: ArrayBuffer } {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(kernelModule(), { env: { memory } });
  return { kernel: exports as Kernel, buffer: memory.buffer };
}
