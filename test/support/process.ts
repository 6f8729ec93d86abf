import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/**
 * Linux assigns ports from 32,768 on to outgoing connections, so none of these is taken by one. A Redis in cluster mode also takes the port
 * 10,000 above its own, so that one must be below 32,768, too. It ends if that port is taken.
 */
const [FIRST_PORT, PORTS, BUS_OFFSET] = [12_000, 10_000, 10_000];

/**
 * A free port for a server that must restart on the same port. Other servers use port 0. The system never assigns it to a connection in the
 * meantime.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The HTTP address that a command of the program logged. null before that. */
export function httpAddress(log: string): string | null {
  return /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? null;
}

export const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until the condition holds. The deadline only limits the time of a failure. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 180_000,
): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`gave up waiting until ${what}`);
    await pauseMs(25);
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Children still alive. They are killed if this process ends in any way that runs exit handlers. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Daemon {
  readonly pid: number;
  /** Resolves when the process has ended, in whatever way. */
  readonly exited: Promise<Exit>;
  /** SIGSTOP, SIGCONT, SIGTERM … Has no effect if the process has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Throws with the tail of the log if the process has ended. */
  check(): void;
  /** Ends the process and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a long-running process with its output in a file. */
export function startDaemon(
  command: string,
  args: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = process.env,
): Daemon {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], env });
  closeSync(log);
  let failure: Error | null = null;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
  }).then(() => {
    living.delete(child);
  });
  living.add(child);
  const ended = () => failure !== null || child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? -1,
    exited: gone.then(() => ({ code: child.exitCode, signal: child.signalCode })),
    signal(signal) {
      if (!ended()) child.kill(signal);
    },
    check() {
      if (ended())
        throw new Error(`${command} ended: ${failure?.message ?? ''} ${readFileSync(logFile, 'utf8').slice(-2000)}`);
    },
    async end(signal) {
      if (!ended()) child.kill(signal);
      // A broker that is stopped with open transactions may take long. Its data is not needed.
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(hard);
    },
  };
}
