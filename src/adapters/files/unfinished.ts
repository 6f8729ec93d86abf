import { rmdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';

/** What to say of a path that was begun, if the process ends before it is complete. */
const begun = new Map<string, string>();
/** Folders that were made for a path that was begun, from the deepest up. */
const madeFor = new Map<string, readonly string[]>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * From now on the process removes a file or folder if it ends, also by Ctrl-C, before the returned function is called. `whole`: the path that
 * it was to become, for the message. `made`: folders that were made for it, from the deepest up, which go with it if they are empty.
 */
export function unfinished(part: string, whole: string, made: readonly string[] = []): () => void {
  if (begun.size === 0) {
    process.on('exit', removeAll);
    // Whoever listens already ends the process in its own way.
    for (const signal of SIGNALS) if (process.listenerCount(signal) === 0) process.on(signal, stop);
  }
  begun.set(part, whole);
  madeFor.set(part, made);
  return () => {
    begun.delete(part);
    madeFor.delete(part);
    if (begun.size > 0) return;
    process.off('exit', removeAll);
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}

function stop(signal: NodeJS.Signals): void {
  process.stderr.write(`stopped before the end: ${[...begun.values()].join(', ')} was not written\n`);
  process.exit(128 + constants.signals[signal]);
}

function removeAll(): void {
  for (const part of begun.keys()) rmSync(part, { recursive: true, force: true });
  for (const folder of [...madeFor.values()].flat()) removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it.
  }
}
