import type { TierRelease } from '../../../src/ports/tier-releases';
import { versionOfCuts } from '../../../src/serde/tier-release-codec';
import { type DeploymentKind, openDeployment } from '../../support/deployment';
import { artefactOf, handWeights } from '../../support/hand-model';
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

describe('on the embedded log', () => suite('embedded'));
describeWithKafkaAndRedis('on Kafka', () => suite('kafka'));
