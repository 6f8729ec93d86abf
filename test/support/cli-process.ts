import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../src/config/table';
import { type Daemon, httpAddress, startDaemon } from './process';

const PROGRAM = join(__dirname, '..', '..', 'bin', 'clv-stream.js');

/** The built program as a separate process, with its log in a file and its HTTP server on a port that the system chooses. */
export interface CliProcess extends Daemon {
  log(): string;
  /** GET of a path. null if there is no answer within the deadline. */
  get(path: string, deadlineMs?: number): Promise<{ status: number; body: string } | null>;
}

/** Starts `clv-stream ...args` with exactly these settings. Throws if the program was not built. `program`: that of another version. */
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
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CLV|KAFKA|REDIS)_/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    ...settings,
    CLV_HTTP_PORT: '0',
    CLV_LOG_FORMAT: 'json',
  };
  const log = (): string => readFileSync(logFile, 'utf8');
  const daemon = startDaemon(process.execPath, [...nodeOptions, program, ...args], logFile, env);
  return {
    ...daemon,
    log,
    get: async (path, deadlineMs = 3_000) => {
      const address = httpAddress(log());
      if (address === null) return null;
      try {
        const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(deadlineMs) });
        return { status: answer.status, body: await answer.text() };
      } catch {
        return null;
      }
    },
  };
}

/** Settings as environment variables. */
export function environmentOf(settings: Settings): Record<string, string> {
  const entries = Object.entries(settings).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, Array.isArray(value) ? value.join(',') : String(value)]],
  );
  return Object.fromEntries(entries);
}
