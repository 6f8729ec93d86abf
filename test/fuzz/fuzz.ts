import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finding, inputOf } from './execute';
import { TARGETS } from './registry';

/** The heap of a child; what needs more than this ends it, and that is a finding. */
const HEAP_MEBIBYTES = 512;
/** Wall time without an end of the current input after which a child is taken for hung. */
const HUNG_AFTER_MS = 60_000;

export interface TargetReport {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  /** Wall time of the slowest input, ms. */
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** Fuzzes one target in a child process, so that neither a crash nor a hang is the end of it. */
export async function fuzzTarget(name: string, seed: number, seconds: number): Promise<TargetReport> {
  const folder = mkdtempSync(join(tmpdir(), 'clv-fuzz-'));
  const progressFile = join(folder, 'progress');
  const startedMs = Date.now();
  try {
    const { lines, end } = await runChild([name, `${seed}`, `${seconds}`, progressFile], progressFile);
    const findings = lines.flatMap(({ finding }): Finding[] =>
      finding === undefined ? [] : [{ ...finding, input: Buffer.from(finding.input, 'base64') }],
    );
    const done = lines.find(({ executions }) => executions !== undefined);
    if (done === undefined) findings.push(await crashOf(name, seed, progressFile, end));
    return {
      target: name,
      executions: done?.executions ?? progressOf(progressFile),
      seconds: (Date.now() - startedMs) / 1000,
      slowestMs: done?.slowestMs ?? Number.NaN,
      findings,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Line {
  readonly finding?: Omit<Finding, 'input'> & { readonly input: string };
  readonly executions?: number;
  readonly slowestMs?: number;
}

const progressOf = (file: string): number => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};

async function runChild(args: readonly string[], progressFile: string): Promise<{ lines: Line[]; end: string }> {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MEBIBYTES}`,
      '-r',
      join(__dirname, '..', 'support', 'swc-register.js'),
      join(__dirname, 'child.ts'),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const onExit = () => child.kill('SIGKILL');
  process.once('exit', onExit);
  let [output, trouble, hung] = ['', '', false];
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    trouble = (trouble + text.toString()).slice(-3_000);
  });
  let [seen, seenMs] = [-1, Date.now()];
  const watch = setInterval(() => {
    const now = progressOf(progressFile);
    if (now !== seen) [seen, seenMs] = [now, Date.now()];
    else if (Date.now() - seenMs > HUNG_AFTER_MS) {
      hung = true;
      child.kill('SIGKILL');
    }
  }, 500);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...ended) => resolve(ended)),
  );
  clearInterval(watch);
  process.removeListener('exit', onExit);
  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
  const end = hung ? `hung for ${HUNG_AFTER_MS / 1000} s` : `ended with ${code ?? signal}: ${trouble}`;
  return { lines, end };
}

/** The input that was being read when the process ended. */
async function crashOf(name: string, seed: number, progressFile: string, end: string): Promise<Finding> {
  const target = await TARGETS[name]!();
  const index = progressOf(progressFile);
  const input = inputOf(target, seed, index);
  await target.close?.();
  return { target: name, seed, index, what: `the process ${end}`, input };
}
