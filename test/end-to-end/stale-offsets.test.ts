import { systemClock } from '../../src/adapters/system/clock';
import { openSchemas } from '../../src/cli/compose/codecs';
import { openScorer } from '../../src/cli/compose/scorer';
import { isComplete, passes } from '../../src/domain/audit/audit';
import type { OutgoingRecord } from '../../src/ports/log';
import type { StateStore } from '../../src/ports/state-store';
import { type Deployment, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { type Notice, quietObserver } from '../support/quiet-observer';
import { simulatedRecords } from '../support/recorded-stream';
import { setGroupOffsets } from '../support/retention';
import { describeWithKafkaAndRedis } from '../support/services';

const PARTITIONS = 1;
const SETTINGS = { CLV_PARTITIONS: `${PARTITIONS}`, CLV_MAX_IDLE_MS: '100' };
const STREAM = { customers: 20, seed: 33 };

/** A store whose trims are all lost, as one answers that is killed between publish and trim: each blob stays in the outbox. */
function withoutTrims(store: StateStore): StateStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'trim') return async () => undefined;
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

async function runUntrimmed(deployment: Deployment, records: readonly OutgoingRecord[]): Promise<void> {
  const { platform, settings } = deployment;
  const schemas = await openSchemas(platform);
  const untrimmed = { ...platform, stateStore: () => withoutTrims(platform.stateStore()) };
  const at = { settings, partitions: PARTITIONS, schemas, observer: quietObserver(), clock: systemClock };
  const scorer = openScorer({ platform: untrimmed, ...at });
  await scorer.start();
  await deployment.write(records);
  await deployment.drained();
  await scorer.stop();
}

/** Everything that went out, by the position it is the outcome of. */
async function outcomes(deployment: Deployment): Promise<string[]> {
  const { inputs } = deployment.platform.topics;
  const updates = (await deployment.updates()).map(({ source }) => source);
  const letters = (await deployment.deadLetters()).map((letter) => ({
    ...letter,
    topic: inputs.indexOf(letter.topic),
  }));
  return [...updates, ...letters].map(({ topic, partition, offset }) => `${topic}:${partition}:${offset}`).sort();
}

const overruled = (notices: readonly Notice[], what: RegExp): number =>
  notices.filter(({ level, message }) => level === 'error' && what.test(message)).length;

describeWithKafkaAndRedis("the group's offsets are wrong when a partition is taken over", () => {
  /** Garbage among the events: dead letters are outcomes as well, and the newest of them may be older or newer than the newest update. */
  function withGarbage(records: readonly OutgoingRecord[]): OutgoingRecord[] {
    return records.map((record, at) =>
      at % 17 === 3 ? { ...record, value: new Uint8Array([255, 1, at % 256]) } : record,
    );
  }

  async function setAll(deployment: Deployment, offsetOf: (topic: string) => Promise<number>): Promise<void> {
    const { topics } = deployment.platform;
    const offsets = topics.inputs.map(async (topic) => ({ topic, partition: 0, offset: await offsetOf(topic) }));
    await setGroupOffsets(deployment.settings.CLV_APP, await Promise.all(offsets));
  }

  test('set back beside an untrimmed outbox, then set to the end: nothing goes out twice, nothing is left out', async () => {
    const deployment = await openDeployment('kafka', { ...SETTINGS, CLV_EMISSION: 'coalesce' });
    try {
      const records = withGarbage(simulatedRecords(deployment, 600, STREAM));
      await runUntrimmed(deployment, records.slice(0, 300));
      const before = await outcomes(deployment);

      // As a coordinator answers that has lost what it knew: some transactions old, here all of them.
      await setAll(deployment, async () => 0);
      await deployment.write(records.slice(300, 400));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      await scorer.stop();
      const afterStale = await outcomes(deployment);
      expect(new Set(afterStale).size).toBe(afterStale.length);
      expect(before.filter((position) => !afterStale.includes(position))).toEqual([]);
      expect(overruled(deployment.notices, /lower than the published offsets/)).toBe(PARTITIONS);

      // As an operator does who means to skip a backlog.
      await deployment.write(records.slice(400));
      const reader = deployment.platform.reader();
      await setAll(deployment, async (topic) => (await reader.bounds(topic, 0)).end);
      const again = await deployment.startScorer();
      await until('the offsets are overruled', () => overruled(deployment.notices, /set beyond/) > 0);
      await deployment.drained();
      await again.stop();
      const after = await outcomes(deployment);
      expect(new Set(after).size).toBe(after.length);
      const verdicts = await deployment.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
      expect(overruled(deployment.notices, /set beyond all published offsets/)).toBe(PARTITIONS);
    } finally {
      await deployment.close();
    }
  }, 120_000);
});
