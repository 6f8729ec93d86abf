/**
 * npm run mutate -- [--only PATH]… [--sample N|all] [--seed S] [--workers N] [--at-least PERCENT] [--list] [--fresh]
 * Puts small faults into the source, one at a time, and counts those that the tests notice.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasRedis, type Service, startRedis } from '../support/services';
import { Baseline, type Times } from './baseline';
import { readEquivalents } from './equivalents';
import { Judge } from './judge';
import { luaEdits } from './lua-edits';
import { type Mutant, mutated, namedMutants } from './mutant';
import { ROOT, STRATA, type Target, targets } from './plan';
import { type Decided, describeRun, scoreOf } from './report';
import { Digests, type Result, Results } from './results';
import { sample } from './sample';
import { typescriptEdits } from './typescript-edits';

/** A source with its mutants. */
interface Pool {
  readonly target: Target;
  readonly source: string;
  readonly mutants: readonly Mutant[];
}

function poolOf(target: Target): Pool {
  const source = readFileSync(join(ROOT, target.path), 'utf8');
  return {
    target,
    source,
    mutants: namedMutants(target.path, source, [...typescriptEdits(source), ...luaEdits(source)]),
  };
}

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      sample: { type: 'string', default: '480' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '1' },
      'at-least': { type: 'string', default: '95' },
      list: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
    },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const count = values.sample === 'all' ? Number.POSITIVE_INFINITY : Number(values.sample);
  return { ...values, seed, count, workers: Number(values.workers), atLeast: Number(values['at-least']) / 100 };
}

/** One mutant that has to run. */
interface Task {
  readonly pool: Pool;
  readonly mutant: Mutant;
}

/** A mutant may make a test slower without breaking it. CPU time ends a loop; the clock ends a wait, and other work shares the machine. */
const limitOf = ({ cpuMs, wallMs }: Times): Times => ({ cpuMs: 8_000 + 4 * cpuMs, wallMs: 60_000 + 8 * wallMs });

/** Runs the tests of one mutant until one of them notices it. */
async function judged(
  { pool, mutant }: Task,
  judge: Judge,
  baseline: Baseline,
  redis: Service | null,
): Promise<Result> {
  const startedMs = Date.now();
  const source = mutated(pool.source, mutant);
  for (const test of pool.target.tests) {
    const times = await baseline.of(test, judge);
    if (times === null) continue;
    const { fate, why } = await judge.run({ path: mutant.path, source, test }, limitOf(times));
    if (fate === 'survived') continue;
    // A script that never ends keeps the server from answering anybody.
    if (fate === 'timeout' && pool.target.stratum.redis) await redis?.restart();
    return { key: mutant.key, fate, test: fate === 'invalid' ? '' : test, why, ms: Date.now() - startedMs };
  }
  return { key: mutant.key, fate: 'survived', test: '', why: '', ms: Date.now() - startedMs };
}

async function decide(
  tasks: readonly Task[],
  workers: number,
  baseline: Baseline,
  done: (task: Task, result: Result) => void,
): Promise<void> {
  const redis = tasks.some(({ pool }) => pool.target.stratum.redis) ? await requiredRedis() : null;
  const environment = redis === null ? {} : { TEST_REDIS_URL: `redis://${redis.address}` };
  const judges = Array.from({ length: workers }, () => new Judge(environment));
  try {
    const queue = [...tasks];
    await Promise.all(
      judges.map(async (judge) => {
        for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
          done(task, await judged(task, judge, baseline, redis));
        }
      }),
    );
  } finally {
    for (const judge of judges) judge.stop();
    await redis?.stop();
  }
}

async function main(): Promise<number> {
  const { only, seed, count, workers, atLeast, list, fresh } = options();
  const pools = targets(only).map(poolOf);
  const ofStratum = STRATA.map((stratum) =>
    pools.filter(({ target }) => target.stratum === stratum).flatMap(({ mutants }) => mutants),
  );
  const sampled = sample(ofStratum, count, seed);
  const total = ofStratum.flat().length;
  console.log(`seed ${seed}: ${sampled.flat().length} of ${total} mutants in ${pools.length} files`);
  if (list) {
    for (const { line, key } of sampled.flat()) console.log(`${line}\t${key}`);
    return 0;
  }
  const equivalents = readEquivalents();
  const digests = new Digests();
  const results = new Results(digests, fresh);
  const decided = new Map<string, Result>();
  const tasks: Task[] = [];
  const inSample = new Set(sampled.flat().map(({ key }) => key));
  for (const pool of pools) {
    for (const mutant of pool.mutants) {
      if (!inSample.has(mutant.key) || equivalents.has(mutant.key)) continue;
      const known = results.find(mutant, pool.source, pool.target);
      if (known) decided.set(mutant.key, known);
      else tasks.push({ pool, mutant });
    }
  }
  // Whoever has just written a test wants to see first what it kills.
  const order = ({ mutant }: Task): number => (results.survivedBefore(mutant) ? 0 : 1);
  tasks.sort((a, b) => order(a) - order(b));
  console.log(`${decided.size} decided by earlier runs`);
  const baseline = new Baseline(digests, (line) => console.log(line));
  let n = 0;
  await decide(tasks, workers, baseline, (task, result) => {
    results.add(task.mutant, task.pool.source, task.pool.target, result);
    decided.set(result.key, result);
    const by = result.test === '' ? '' : ` by ${result.test}`;
    console.log(`${++n}/${tasks.length} ${result.fate}${by} in ${(result.ms / 1000).toFixed(1)} s: ${result.key}`);
  });
  const run: Decided[] = sampled.flatMap((mutants, i) =>
    mutants.map((mutant) => ({ stratum: STRATA[i]!.name, mutant, result: decided.get(mutant.key) ?? null })),
  );
  console.log(describeRun(run));
  const present = new Set(ofStratum.flat().map(({ key }) => key));
  const stale = [...equivalents.keys()].filter(
    (key) => !present.has(key) && pools.some(({ target }) => key.startsWith(`${target.path} `)),
  );
  for (const key of stale)
    console.log(`no such mutant any more; delete it from test/mutation/equivalent.jsonl: ${key}`);
  for (const test of baseline.failing) console.log(`fails without a mutant, so it judged nothing: ${test}`);
  return stale.length + baseline.failing.length === 0 && scoreOf(run).share >= atLeast ? 0 : 1;
}

async function requiredRedis(): Promise<Service> {
  if (await hasRedis()) return startRedis();
  throw new Error('no redis-server on this machine: run scripts/ci-services, or leave adapters/redis out with --only');
}

// Signals end the process by way of its exit handlers, which end every child.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
