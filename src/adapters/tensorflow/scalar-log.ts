import type { Backend, Tf } from './backend';

/** Numbers by name and step, for TensorBoard. */
export interface ScalarLog {
  scalar(name: string, value: number, step: number): void;
  /** Flushes buffered numbers to the file. */
  flush(): void;
}

/** The part of TensorFlow.js that only the native version has. */
interface NativeTf extends Tf {
  readonly node: { summaryFileWriter(folder: string): ScalarLog };
}

/** Opens an event file in a folder, and creates the folder. Returns null on WebAssembly, which can't write event files. */
export function openScalarLog(backend: Backend, folder: string): ScalarLog | null {
  if (backend.name !== 'tensorflow') return null;
  return (backend.tf as NativeTf).node.summaryFileWriter(folder);
}
