/** A child process that runs test files with one mutated source at a time. Its parent kills it when a mutant never ends. */
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { readConfigs } from 'jest-config';
import TestRunner from 'jest-runner';
import Runtime from 'jest-runtime';
import { TestWatcher } from 'jest-watcher';
import { serve } from './mutant-runtime';
import { ROOT } from './plan';

/** One test file with one mutant. `source` null: the program as it is. */
export interface Job {
  readonly path: string;
  readonly source: string | null;
  readonly test: string;
}

export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'passed'; readonly tests: number; readonly cpuMs: number }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'invalid'; readonly why: string };

const tell = (message: Message): void => void process.send!(message);

/** For one test that waits. The parent limits the CPU time of a whole file. */
const TEST_TIMEOUT_MS = 30_000;

async function jest() {
  const argv = { _: [], $0: '', runInBand: true, testTimeout: TEST_TIMEOUT_MS, silent: true, watchman: false };
  // The projects differ in their servers only, and no mutant's test needs one.
  const { globalConfig, configs } = await readConfigs(argv as never, [ROOT]);
  const config = {
    ...configs[0]!,
    // Options of our own also in the key of jest's cache of modules.
    runtime: join(__dirname, 'mutant-runtime.ts'),
    testEnvironment: join(__dirname, 'first-failure-environment.ts'),
    testTimeout: TEST_TIMEOUT_MS,
  };
  const context = await Runtime.createContext(config, { console, maxWorkers: 1, watch: false, watchman: false });
  const watcher = new TestWatcher({ isWatchMode: false });
  return async (test: string): Promise<{ passed: number; why: string | null }> => {
    const runner = new TestRunner(globalConfig, {});
    let outcome: { passed: number; why: string | null } = { passed: 0, why: 'no result' };
    runner.on('test-file-success', ([, result]) => {
      const failure = result.testResults.find(({ status }) => status === 'failed');
      const why = result.testExecError?.message ?? failure?.failureMessages[0] ?? null;
      outcome = { passed: result.numPassingTests, why: why ?? failure?.fullName ?? null };
    });
    runner.on('test-file-failure', ([, error]) => {
      outcome = { passed: 0, why: String(error.message ?? error) };
    });
    await runner.runTests([{ path: join(ROOT, test), context }], watcher, { serial: true });
    return outcome;
  };
}

function compiled(path: string, source: string): string {
  return transformSync(source, {
    filename: path,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  }).code;
}

async function main(): Promise<void> {
  const run = await jest();
  const work = async ({ path, source, test }: Job): Promise<void> => {
    try {
      serve(source === null ? null : { path: join(ROOT, path), code: compiled(path, source) });
    } catch (error) {
      return tell({ kind: 'invalid', why: String(error).slice(0, 200) });
    }
    const started = process.cpuUsage();
    const { passed, why } = await run(test);
    const { user, system } = process.cpuUsage(started);
    if (why !== null) tell({ kind: 'failed', why: why.slice(0, 300) });
    else tell({ kind: 'passed', tests: passed, cpuMs: Math.round((user + system) / 1000) });
  };
  process.on('message', (job: Job) => void work(job));
  // A mutant may leave promises behind that nobody awaits; they are no reason to end the worker.
  process.on('unhandledRejection', () => undefined);
  process.on('disconnect', () => process.exit(0));
  tell({ kind: 'ready' });
}

void main();
