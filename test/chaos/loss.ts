import { join } from 'node:path';
import { type CliProcess, startCli } from '../support/cli-process';
import { pauseMs, until } from '../support/process';
import { secondVerdictOf } from './chaos';
import { openOwnDeployment } from './own-deployment';
import { Retention } from './retention';
import { Traffic } from './traffic';

export interface LossReport {
  /** Orders that ended as nothing, by the second verdict. */
  readonly lost: number;
  /** By the scorer's own metric. */
  readonly reported: number;
  /** What was silent or wrong. */
  readonly faults: readonly string[];
}

const ORDERS = 0;
const PARTITIONS = 2;
const LAG_MS = 4_000;
const KEPT_OF_TAIL = 5;

/**
 * Retention passes a running scorer that lags. No program can bring the records back, but it must say what is gone: with
 * CLV_ON_LOG_LOST=halt it stands still, is not ready and says why; with `continue` it goes on and counts each lost record.
 */
export async function runLoss(seed: number, say: (line: string) => void): Promise<LossReport> {
  const own = await openOwnDeployment({ CLV_PARTITIONS: `${PARTITIONS}` });
  try {
    const { deployment, environment, folder } = own;
    const faults: string[] = [];
    const retention = new Retention(deployment);
    const traffic = new Traffic(deployment, 300, seed);
    own.onClose(() => traffic.stop());
    traffic.start();

    const halting = await own.startScorer();
    await published(halting);
    say(`${await takeUnread(halting, own.deployment, retention)} orders taken from a scorer that halts at a loss`);
    const noticed = await seen(
      async () => (await halting.get('/readyz'))?.status === 503 && errorLine(halting) !== null,
    );
    say(noticed ? `it says: ${errorLine(halting)}` : 'it says nothing');
    if (!noticed) faults.push('halt: no error line with /readyz 503 within a minute of the loss');
    await halting.end('SIGKILL');

    const settings = { ...environment, CLV_ON_LOG_LOST: 'continue' };
    const going = await startCli(['score'], settings, join(folder, 'going.log'));
    own.onClose(() => going.end('SIGKILL'));
    await published(going);
    say(`${await takeUnread(going, own.deployment, retention)} orders taken from a scorer that goes on`);
    await traffic.stop();
    const drained = await deployment.drained().then(
      () => true,
      () => false,
    );
    if (!drained) faults.push('continue: not drained');
    const verdict = await secondVerdictOf(deployment, retention);
    const lost = verdict.lost + verdict.waiting;
    const metrics = (await going.get('/metrics'))?.body ?? '';
    const reported = Number(/^clv_log_lost_records_total (\d+)/m.exec(metrics)?.[1] ?? 0);
    if (lost === 0) faults.push('nothing was lost: this run shows nothing');
    if (reported !== lost) faults.push(`continue: ${lost} records are lost, ${reported} reported`);
    if (verdict.doubled > 0) faults.push(`continue: ${verdict.doubled} doubled`);
    return { lost, reported, faults };
  } finally {
    await own.close();
  }
}

/** Deletes what a frozen scorer has not read yet, all but the last few; wakes it; says how many were deleted in all. */
async function takeUnread(
  scorer: CliProcess,
  { platform }: Parameters<typeof secondVerdictOf>[0],
  retention: Retention,
): Promise<number> {
  scorer.signal('SIGSTOP');
  await pauseMs(LAG_MS);
  let taken = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { end } = await platform.reader().bounds(platform.topics.inputs[ORDERS]!, partition);
    taken += await retention.take(ORDERS, partition, end - KEPT_OF_TAIL);
  }
  scorer.signal('SIGCONT');
  return taken;
}

const published = (scorer: CliProcess): Promise<void> =>
  until('it publishes', async () =>
    /^clv_published_records_total [1-9]/m.test((await scorer.get('/metrics'))?.body ?? ''),
  );

const errorLine = (scorer: CliProcess): string | null =>
  scorer
    .log()
    .split('\n')
    .find((line) => /"level":"?(50|60|error|fatal)\b/.test(line)) ?? null;

const seen = (condition: () => Promise<boolean>): Promise<boolean> =>
  until('it is noticed', condition).then(
    () => true,
    () => false,
  );

export function describeLoss({ lost, reported, faults }: LossReport): string {
  return [`retention past a scorer: ${lost} orders lost, ${reported} records reported lost`, ...faults].join('\n');
}
