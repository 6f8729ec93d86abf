import { join } from 'node:path';
import { type CliProcess, environmentOf, startCli } from '../../test/support/cli-process';
import { type Deployment, openDeployment } from '../../test/support/deployment';
import { until } from '../../test/support/process';
import type { Stand } from './stand';

export const PARTITIONS = 4;

/** A deployment with topics of its own on the stand. */
export const openOnStand = ({ environment }: Stand, changes: Record<string, string> = {}): Promise<Deployment> =>
  openDeployment('kafka', { ...environment, CLV_PARTITIONS: String(PARTITIONS), ...changes });

/** Starts a `clv-stream score` and waits until it is ready. */
export async function startScorer({ settings }: Deployment): Promise<CliProcess> {
  const scorer = await startCli(['score'], environmentOf(settings), join(settings.CLV_HOME, `score-${Date.now()}.log`));
  await until('the scorer is ready', async () => {
    scorer.check();
    return (await scorer.get('/readyz'))?.status === 200;
  });
  return scorer;
}
