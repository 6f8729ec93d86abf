import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeFinding, passes } from '../../src/domain/audit/audit';
import { type CliProcess, environmentOf, startCli } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { nearbyModels } from '../support/nearby-models';
import { pauseMs, until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { SteadyLoad } from '../support/steady-load';
import { type Delays, UpdateDelays } from '../support/update-delays';
import { openOwnDeployment } from './own-deployment';

/*
 * A real scorer under a steady load, while one model after another is swapped in. What may not grow: memory, pauses, lost or doubled events.
 */

export interface ModelSoakOptions {
  readonly kind: 'embedded' | 'kafka';
  readonly seed: number;
  readonly swaps: number;
  readonly eventsPerSecond: number;
  /** Milliseconds between two announcements. */
  readonly everyMs: number;
  /** Seconds of load without a swap before the first one, for comparison. */
  readonly calmSeconds: number;
  readonly say: (line: string) => void;
}

export interface ModelSoakReport {
  readonly kind: string;
  readonly seed: number;
  readonly swapped: number;
  readonly versions: number;
  readonly events: number;
  readonly calm: Delays;
  readonly swapping: Delays;
  /** Memory of the scorer, MiB, after so many swaps. */
  readonly memoryMiB: ReadonlyMap<number, number>;
  /** Versions that updates name. */
  readonly versionsInUpdates: number;
  readonly updates: number;
  /** Modules of TensorFlow.js that the scorer has loaded. With none, it holds no tensors. */
  readonly tensorFlowModules: number;
  readonly faults: readonly string[];
}

const PARTITIONS = 3;
const CUSTOMERS = 1_000;
const VERSIONS = 20;

/** At its end, the scorer logs how many modules of TensorFlow.js it has loaded. */
const COUNT_MODULES = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    `import Module from 'node:module';
    const isOfTensorFlow = (file) => file.includes('@tensorflow');
    process.on('exit', () => console.log('tensorflow-modules=' + Object.keys(Module._cache).filter(isOfTensorFlow).length));`,
  )}`,
];

export async function runModelSoak(options: ModelSoakOptions): Promise<ModelSoakReport> {
  const { kind, seed, say } = options;
  const steps: (() => unknown)[] = [];
  try {
    const { deployment, scorer } = await openStand(kind, steps);
    const pid = scorer.pid;
    const load = new SteadyLoad(
      deployment,
      simulatedRecords(deployment, 400_000, { customers: CUSTOMERS, seed }),
      options.eventsPerSecond,
    );
    steps.push(() => load.stop());
    const watch = new UpdateDelays(deployment);
    steps.push(() => watch.stop());
    watch.start();
    load.start();
    await until('the scorer publishes', () => watch.count > 0);
    // The first updates wait for the start of the scorer, and the code is not compiled yet.
    await pauseMs(3_000);
    watch.take();
    await pauseMs(1_000 * options.calmSeconds);
    const calm = watch.take();
    say(`without swaps: ${describeDelays(calm)}`);

    const registry = deployment.platform.registry();
    const versions = nearbyModels(deployment.settings, VERSIONS, seed);
    const memoryMiB = new Map([[0, memoryMiBOf(pid)]]);
    const reportAt = new Set([Math.min(100, options.swaps), Math.min(500, options.swaps), options.swaps]);
    for (let i = 1; i <= options.swaps; i++) {
      const nextMs = Date.now() + options.everyMs;
      await registry.publish({ ...versions[i % VERSIONS]!, announcedAtMs: Date.now() });
      await until('the scorer has swapped', async () => (await swaps(scorer)) >= i, 60_000);
      if (reportAt.has(i)) {
        memoryMiB.set(i, memoryMiBOf(pid));
        say(`${i} swaps, ${memoryMiB.get(i)!.toFixed(0)} MiB`);
      }
      await pauseMs(Math.max(0, nextMs - Date.now()));
    }
    const swapping = watch.take();
    await load.stop();
    await deployment.drained();
    const swapped = await swaps(scorer);
    await scorer.end('SIGTERM');

    const updates = await deployment.updates();
    const verdicts = await deployment.audit();
    const faults = verdicts
      .filter((verdict) => !passes(verdict))
      .flatMap(({ partition, findings }) => findings.map((finding) => describeFinding(partition, finding)));
    if (updates.length !== load.written) faults.push(`${load.written} events, but ${updates.length} updates`);
    return {
      ...{ kind, seed, swapped, versions: VERSIONS, events: load.written, calm, swapping, memoryMiB },
      versionsInUpdates: new Set(updates.map(({ modelVersion }) => modelVersion)).size,
      updates: updates.length,
      tensorFlowModules: Number(/tensorflow-modules=(\d+)/.exec(scorer.log())?.[1] ?? Number.NaN),
      faults,
    };
  } finally {
    for (const step of steps.reverse()) await step();
  }
}

export function describeModelSoak(report: ModelSoakReport): string {
  const memory = [...report.memoryMiB].map(([swapped, mib]) => `${swapped}: ${mib.toFixed(0)} MiB`);
  return [
    `${report.kind}, seed ${report.seed}: ${report.swapped} swaps among ${report.versions} versions, ${report.versionsInUpdates} in updates`,
    `without swaps: ${describeDelays(report.calm)}`,
    `with swaps:    ${describeDelays(report.swapping)}`,
    `memory of the scorer by swaps: ${memory.join(', ')}`,
    `${report.events} events, ${report.updates} updates; modules of TensorFlow.js in the scorer: ${report.tensorFlowModules}`,
    ...(report.faults.length === 0 ? ['audit: no event lost or doubled'] : report.faults),
  ].join('\n');
}

function describeDelays({ updates, medianMs, p99Ms, longestMs, longestGapMs }: Delays): string {
  return `${updates} updates, delay ${medianMs} ms in the median, ${p99Ms} ms at the 99th percentile, ${longestMs} ms at most; longest gap ${longestGapMs} ms`;
}

async function openStand(
  kind: ModelSoakOptions['kind'],
  steps: (() => unknown)[],
): Promise<{ deployment: Deployment; scorer: CliProcess }> {
  const settings = { CLV_PARTITIONS: String(PARTITIONS) };
  if (kind === 'kafka') {
    const own = await openOwnDeployment(settings);
    steps.push(() => own.close());
    return { deployment: own.deployment, scorer: await own.startScorer(COUNT_MODULES) };
  }
  const deployment = await openDeployment('embedded', settings);
  steps.push(() => deployment.close());
  const home = deployment.settings.CLV_HOME;
  const scorer = await startCli(['score'], environmentOf(deployment.settings), join(home, 'score.log'), COUNT_MODULES);
  steps.push(() => scorer.end('SIGKILL'));
  return { deployment, scorer };
}

async function swaps(scorer: CliProcess): Promise<number> {
  const answer = await scorer.get('/metrics');
  return Number(/^clv_model_swaps_total (\d+)/m.exec(answer?.body ?? '')?.[1] ?? 0);
}

/** Without the pages of the embedded store's file, which the process maps: they belong to the system's cache. */
function memoryMiBOf(pid: number): number {
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}
