import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTrainerStore } from '../../src/adapters/embedded/trainer-store';
import type { LabelProgress } from '../../src/domain/labels/label-progress';
import { closedIntervals } from '../../src/domain/labels/origins';
import { DEFAULT_TRAINER_SETTINGS, type TrainerSettings } from '../../src/services/trainer/settings';
import { readInputs } from '../hostile/deployment';
import { isRead, trainUntil } from '../hostile/trainer';
import { type DeploymentKind, openDeployment } from '../support/deployment';
import { simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

/** Labels only. */
const SETTINGS: TrainerSettings = {
  ...DEFAULT_TRAINER_SETTINGS,
  ...{ trainEveryDays: 0, refitEveryDays: 0, calibrateEveryDays: 0, checkEverySeconds: 0.05 },
};

/** What a trainer knows of each partition after it has read one stream to its end. */
async function labelsOn(kind: DeploymentKind): Promise<LabelProgress[]> {
  const deployment = await openDeployment(kind);
  const folder = mkdtempSync(join(tmpdir(), 'clv-labels-'));
  const store = openTrainerStore(join(folder, 'trainer'));
  try {
    await writeInBatches(deployment, simulatedRecords(deployment, 6_000, { customers: 60, seed: 21 }));
    const inputs = await readInputs(deployment);
    const progress = () => inputs[0]!.map((_, partition) => store.progress(partition)!);
    // Once all topics are read to their ends, time moves on to the newest of them.
    const isDone = () => isRead(store, inputs) && progress().every(({ clockS }) => clockS > 0);
    await trainUntil(deployment, store, isDone, SETTINGS);
    return progress();
  } finally {
    await store.close();
    await deployment.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The closed labels at an instant: by customer and origin, what was counted in each closed interval. */
function closedAt({ origins }: LabelProgress, clockS: number): string[] {
  return origins
    .map((origin) => {
      const closed = closedIntervals(origin, clockS);
      const { orders, valuedOrders, orderedMinor, returnedMinor } = origin.tally;
      const values = [orders, valuedOrders, orderedMinor, returnedMinor].map((all) => all.slice(0, closed));
      return closed === 0 ? '' : JSON.stringify([origin.customerId, origin.atS, origin.segment, values]);
    })
    .filter((label) => label !== '')
    .sort();
}

describeWithKafkaAndRedis('one stream through a trainer on Kafka and through one on the embedded store', () => {
  test('the same closed labels: customers, origins and values', async () => {
    const embedded = await labelsOn('embedded');
    const kafka = await labelsOn('kafka');
    let labels = 0;
    for (const [partition, one] of embedded.entries()) {
      const other = kafka[partition]!;
      // How far each had come when it was stopped depends on when it looked.
      const clockS = Math.min(one.clockS, other.clockS);
      const closed = closedAt(one, clockS);
      labels += closed.length;
      expect({ partition, closed: closedAt(other, clockS) }).toEqual({ partition, closed });
    }
    console.log(`${labels} origins with closed labels`);
    expect(labels).toBeGreaterThan(100);
  });
});
