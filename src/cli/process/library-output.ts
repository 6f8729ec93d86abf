import { format } from 'node:util';
import type { Observer } from '../../ports/observer';

/** console.log and console.error are left alone: commands print their results and messages with them. */
const CONSOLE_METHODS = ['warn', 'info', 'debug'] as const;
const LONGEST_LINE = 2_000;

/**
 * Turns what libraries write to the console into notices: ioredis about a refused INFO, TensorFlow.js about its backend, and Node's own
 * process warnings. As plain text they would break a log of JSON lines. Returns a function that undoes it.
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
