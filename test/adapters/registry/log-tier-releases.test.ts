import { LogTierReleases } from '../../../src/adapters/registry/log-tier-releases';
import type { LogBatch, LogReader, OutgoingRecord, ReadPosition } from '../../../src/ports/log';
import type { TierRelease } from '../../../src/ports/tier-releases';
import { versionOfCuts } from '../../../src/serde/tier-release-codec';
import { type DeploymentKind, openDeployment } from '../../support/deployment';
import { artefactOf, handWeights } from '../../support/hand-model';
import { MemoryLog } from '../../support/memory-log';
import { until } from '../../support/process';
import { describeWithKafkaAndRedis } from '../../support/services';

function release(cuts: TierRelease['cuts']): TierRelease {
  const margin = 0.05;
  return { version: versionOfCuts({ cuts, margin }), cuts, margin, customers: 1_234, releasedAtMs: Date.now() };
}

function suite(kind: DeploymentKind): void {
  test('cuts travel with the models: each is seen by its own readers only; the newest is in force, all are kept', async () => {
    const deployment = await openDeployment(kind);
    try {
      const { platform, notices } = deployment;
      const [low, high, last] = [release([1 / 3, 2, 3]), release([4, 5, 6]), release([7, 8, 9])] as const;
      const registry = platform.registry();
      expect(await platform.tierReleases().current()).toBeNull();
      await platform.tierReleases().publish(low);
      const artefact = artefactOf(handWeights());
      await registry.publish({ version: 'm-1', artefact, announcedAtMs: Date.now(), note: 'n' });
      const text = new TextEncoder();
      const altered = {
        key: text.encode('tiers:t-x'),
        value: text.encode(JSON.stringify({ format: 1, ...low, margin: 0 })),
      };
      const record = { topic: platform.topics.models, partition: 0, timestampMs: Date.now(), ...altered };
      await platform.writer().append([record]);
      await platform.tierReleases().publish(high);
      await platform.tierReleases().publish(low);
      expect((await registry.current())?.version).toBe('m-1');
      expect([...(await registry.versions()).keys()]).toEqual(['m-1']);

      const seen: string[] = [];
      const stop = new AbortController();
      const watching = platform.tierReleases().watch(({ version }) => void seen.push(version), stop.signal);
      await until('the release in force is seen', async () => seen.length >= 1);
      await platform.tierReleases().publish(last);
      await until('the next one is seen', async () => seen.length >= 2);
      stop.abort();
      await watching;
      // One that starts does not pass through cuts that were replaced.
      expect(seen).toEqual([low.version, last.version]);
      const stored = await platform.tierReleases().versions();
      expect([low, high, last].map(({ version }) => stored.get(version)?.cuts)).toEqual([
        low.cuts,
        high.cuts,
        last.cuts,
      ]);
      expect(await platform.tierReleases().current()).toEqual(last);
      expect(notices.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(
          /^skipping a release of tier cuts: .*models@\d+: The version t-\w+ is not that of the cuts/,
        ),
      );
    } finally {
      await deployment.close();
    }
  });
}

test('reads each record of the models topic once, and a topic that was created again from its start', async () => {
  class CountingLog extends MemoryLog {
    read = 0;

    override readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
      return super.readToEnd(positions, (batch) => {
        this.read += batch.records.length;
        return onBatch(batch);
      });
    }
  }
  const writerOf = (log: MemoryLog) => ({
    append: async (records: readonly OutgoingRecord[]) => log.append(records),
    close: async () => {},
  });
  const logs = [new CountingLog(), new CountingLog()] as const;
  let log = logs[0];
  const reader: LogReader = {
    bounds: (...at) => log.bounds(...at),
    follow: (...at) => log.follow(...at),
    readToEnd: (...at) => log.readToEnd(...at),
    close: async () => {},
  };
  const releases = new LogTierReleases('models', reader, writerOf(logs[0]), () => {});
  const model = { topic: 'models', partition: 0, key: Uint8Array.of(1), value: Uint8Array.of(2), timestampMs: 0 };
  for (let i = 0; i < 40; i++) log.append([model]);
  await releases.publish(release([1, 2, 3]));
  expect((await releases.current())?.cuts).toEqual([1, 2, 3]);
  await releases.publish(release([4, 5, 6]));
  expect((await releases.current())?.cuts).toEqual([4, 5, 6]);
  expect((await releases.current())?.cuts).toEqual([4, 5, 6]);
  expect(log.read).toBe(42);

  log = logs[1];
  expect(await releases.current()).toBeNull();
  await new LogTierReleases('models', reader, writerOf(log), () => {}).publish(release([7, 8, 9]));
  expect((await releases.current())?.cuts).toEqual([7, 8, 9]);
});

describe('on the embedded log', () => suite('embedded'));
describeWithKafkaAndRedis('on Kafka', () => suite('kafka'));
