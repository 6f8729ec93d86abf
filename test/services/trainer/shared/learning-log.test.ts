import { sha256 } from '../../../../src/adapters/system/digest';
import type { Learning } from '../../../../src/services/trainer/shared/learning-log';
import { LearningLog } from '../../../../src/services/trainer/shared/learning-log';
import { MemoryLog } from '../../../support/memory-log';
import { realClock } from '../../../support/real-clock';

const DAY_S = 86_400;
const progress: Learning['progress'] = {
  ...{ championVersion: 'm-1', championArtefact: Uint8Array.of(1), previousArtefact: null, traineeArtefact: null },
  ...{ rounds: 1, promotions: 0, rollbacks: 0, recalibrations: 0, dayS: DAY_S, announcing: [] },
  ...{ trial: null, lastTrialS: null, watch: null },
};
/** As of the end of a day, after a round on so many origins. */
const after = (days: number, origins: number): Learning => ({
  ...{ limitS: (days + 1) * DAY_S, furthestS: 0, progress },
  marks: {
    dayS: days * DAY_S,
    marks: Array.from({ length: origins }, (_, i) => ({ partition: 0, atS: i, customerId: `c${i}`, closed: days })),
  },
});

test('a large round comes back in its order, and nothing of it is left after a smaller one', async () => {
  const log = new MemoryLog();
  const opened = () => new LearningLog({ reader: log, clock: realClock, sha256 }, 'clv-learning');
  const writer = log.fencedWriter('train');
  const learner = opened();
  await learner.restore();
  for (const learning of [after(1, 1_300), after(2, 600), after(3, 1)]) {
    await learner.publish(writer, learning);
    expect(await opened().restore()).toEqual(learning);
    log.compact('clv-learning', 0, (await log.bounds('clv-learning', 0)).end);
    expect(await opened().restore()).toEqual(learning);
  }
});
