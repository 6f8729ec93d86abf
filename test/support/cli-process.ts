import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../src/config/table';
import { type Daemon, freePort, startDaemon } from './process';

const PROGRAM = join(__dirname, '..', '..', 'bin', 'clv-stream.js');

/** The built program as a process of its own, with its log in a file and its HTTP side on a free port. */
export interface CliProcess extends Daemon {
  readonly httpPort: number;
  log(): string;
  /** GET of a path; null where nobody answers within the deadline. */
  get(path: string, deadlineMs?: number): Promise<{ status: number; body: string } | null>;
}

/** Starts `clv-stream ...args` with exactly these settings. Throws if the program was not built. `program`: another version's. */
export async function startCli(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  logFile: string,
  nodeOptions: readonly string[] = [],
  program = PROGRAM,
): Promise<CliProcess> {
  if (!existsSync(join(__dirname, '..', '..', 'dist', 'cli', 'main.js'))) {
    throw new Error('the program is not built: npm run build');
  }
  const httpPort = await freePort();
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CLV|KAFKA|REDIS)_/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    ...settings,
    CLV_HTTP_PORT: String(httpPort),
    CLV_LOG_FORMAT: 'json',
  };
  const daemon = startDaemon(process.execPath, [...nodeOptions, program, ...args], logFile, env);
  return {
    ...daemon,
    httpPort,
    log: () => readFileSync(logFile, 'utf8'),
    get: async (path, deadlineMs = 3_000) => {
      try {
        const answer = await fetch(`http://127.0.0.1:${httpPort}${path}`, { signal: AbortSignal.timeout(deadlineMs) });
        return { status: answer.status, body: await answer.text() };
      } catch {
        return null;
      }
    },
  };
}

/** Settings as the variables that give them. */
export function environmentOf(settings: Settings): Record<string, string> {
  const entries = Object.entries(settings).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, Array.isArray(value) ? value.join(',') : String(value)]],
  );
  return Object.fromEntries(entries);
}
