import type { Backend, Tf } from './backend';

/** Numbers by name and step, for TensorBoard. */
export interface ScalarLog {
  scalar(name: string, value: number, step: number): void;
  /** Hands what was written to the file. */
  flush(): void;
}

/** What only native TensorFlow.js has. */
interface NativeTf extends Tf {
  readonly node: { summaryFileWriter(folder: string): ScalarLog };
}

/** Opens an event file in a folder, which it makes; null on WebAssembly, which has no writer of them. */
export function openScalarLog(backend: Backend, folder: string): ScalarLog | null {
  if (backend.name !== 'tensorflow') return null;
  return (backend.tf as NativeTf).node.summaryFileWriter(folder);
}
