import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ChildMessage } from './parent';
import { PACKAGE_DIRECTORY } from './process';

/** How a child process ended: a code, or the signal that killed it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command of this program that runs as a child process. */
export interface Child {
  /** Resolves when the process has ended and its output has been read. */
  readonly ended: Promise<Ended>;
  /** null if its standard output or error is not a pipe. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  onMessage(take: (message: ChildMessage) => void): void;
  /** Sends SIGTERM, so that the command stops in order. Sends SIGKILL if it has not ended within the deadline. */
  stop(deadlineMs: number): Promise<Ended>;
}

export interface ChildOptions {
  /** Settings that override the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output and standard error. Input is closed. */
  readonly stdout: 'ignore' | 'pipe';
  readonly stderr: 'inherit' | 'pipe';
}

/** One listener for all: Node warns of a leak at more than ten. */
const running = new Set<ChildProcess>();

function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Starts `clv-stream ...args`. The child is in a process group of its own: Ctrl-C in a terminal reaches this process only, which then stops
 * its children once. If this process is killed, the child notices that its channel is closed, and stops (see process.ts).
 */
export function startChild(args: readonly string[], { environment, stdout, stderr }: ChildOptions): Child {
  const stdio: StdioOptions = ['ignore', stdout, stderr, 'ipc'];
  const child = fork(join(PACKAGE_DIRECTORY, 'bin', 'clv-stream.js'), [...args], {
    env: { ...process.env, ...environment },
    stdio,
    detached: true,
  });
  if (running.size === 0) process.on('exit', killRunning);
  running.add(child);
  const ended = endOf(child).finally(() => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killRunning);
  });
  return {
    ended,
    stdout: child.stdout,
    stderr: child.stderr,
    onMessage: (take) => void child.on('message', (message) => take(message as ChildMessage)),
    stop: async (deadlineMs) => {
      if (child.exitCode !== null || child.signalCode !== null) return ended;
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
      child.kill('SIGTERM');
      return ended.finally(() => clearTimeout(timer));
    },
  };
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    // The process could not be started, so there is no code.
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}
