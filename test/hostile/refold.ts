import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/adapters/system/clock';
import type { Clock } from '../../src/ports/clock';
import { rebuildPartition } from '../../src/services/rebuild/rebuild-partition';
import type { Deployment } from '../support/deployment';
import { encodedStates } from '../support/encoded-states';
import { until } from '../support/process';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/**
 * Empties the state, moves the clock on by ten years, and folds everything again. Returns what differs: of what is published, and of the
 * states. On Kafka of a state only which records of each topic are in it, and in which order.
 */
export async function refoldLater(deployment: Deployment): Promise<string[]> {
  const { platform, settings } = deployment;
  const before = await factsOf(deployment);
  for (let partition = 0; partition < settings.CLV_PARTITIONS; partition++) {
    const ports = { archive: platform.stateArchive(), reader: platform.reader() };
    const rebuild = { topics: platform.topics.inputs, partition, fromWhatIsLeft: false };
    // On a busy machine Redis may not answer in time. As a user would, it begins again.
    await until('the partition is emptied', async () => {
      try {
        await rebuildPartition(ports, { ...rebuild, commitId: randomUUID() });
        return true;
      } catch (error) {
        if ((error as { code?: string }).code === 'redis-outcome-unknown') return false;
        throw error;
      }
    });
  }
  const later: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + TEN_YEARS_MS };
  const scorer = await deployment.startScorer(later);
  await deployment.folded();
  await scorer.stop();
  const after = await factsOf(deployment);
  return Object.entries(before).flatMap(([name, text]) =>
    text === after[name as keyof typeof after] ? [] : [`${name} differ after a refold ten years later`],
  );
}

async function factsOf(deployment: Deployment) {
  return {
    // On Kafka, which of two topics is read first can differ from one reading to the next, and with it the order of a tick and an event.
    states: JSON.stringify([
      ...(await (deployment.kind === 'embedded' ? encodedStates(deployment) : foldedOf(deployment))),
    ]),
    updates: JSON.stringify(await deployment.updates()),
    deadLetters: JSON.stringify((await deployment.deadLetters()).map(({ key, value, ...letter }) => letter)),
  };
}

/** By customer, the number of folded records of each topic and the hash of their order. */
async function foldedOf(deployment: Deployment): Promise<[string, unknown][]> {
  return [...(await deployment.states())].sort().map(([id, { folded }]) => [id, folded]);
}
