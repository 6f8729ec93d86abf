import { format } from 'node:util';
import type { Observer } from '../../ports/observer';

/** Not console.log and console.error: the commands' own results and messages. */
const CONSOLE_METHODS = ['warn', 'info', 'debug'] as const;
const LONGEST_LINE = 2_000;

/**
 * Libraries write to the console by themselves (ioredis about a refused INFO, TensorFlow.js about its backend), and Node prints its
 * process warnings as plain text. Both would break a log of JSON lines. From here on they become notices; returns the way back.
 */
export function captureLibraryOutput(notice: Observer['notice']): () => void {
  const original = new Map(CONSOLE_METHODS.map((method) => [method, console[method]]));
  for (const method of CONSOLE_METHODS) {
    console[method] = (...parts: unknown[]) => notice('warn', oneLine(format(...parts)), { source: 'console' });
  }
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  const onWarning = ({ name, message }: Error) => notice('warn', oneLine(`${name}: ${message}`), { source: 'node' });
  process.on('warning', onWarning);
  return () => {
    for (const [method, print] of original) console[method] = print;
    process.off('warning', onWarning);
    for (const print of printers) process.on('warning', print);
  };
}

function oneLine(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ')
    .slice(0, LONGEST_LINE);
}
