import type { PrequentialReport } from '../../../src/domain/prequential/report';
import { type DeploymentKind, openDeployment } from '../../support/deployment';
import { artefactOf, handWeights } from '../../support/hand-model';
import { fakeReport } from '../../support/prequential-report';
import { until } from '../../support/process';
import { describeWithKafkaAndRedis } from '../../support/services';

function suite(kind: DeploymentKind): void {
  test('reports travel with the models: each is seen by its own readers only, late ones too', async () => {
    const deployment = await openDeployment(kind);
    try {
      const { platform, notices } = deployment;
      const registry = platform.registry();
      const reports = platform.reports();
      const artefact = artefactOf(handWeights());
      await reports.publish(fakeReport(), Date.now());
      await registry.publish({ version: 'm-1', artefact, announcedAtMs: Date.now(), note: 'n' });
      const text = new TextEncoder();
      const unreadable = { key: text.encode('prequential'), value: text.encode('{"format":9}') };
      const record = { topic: platform.topics.models, partition: 0, timestampMs: Date.now(), ...unreadable };
      await platform.writer().append([record]);
      await reports.publish(fakeReport({ asOfS: 1_700_086_400 }), Date.now());
      expect((await registry.current())?.version).toBe('m-1');

      const seen: PrequentialReport[] = [];
      const stop = new AbortController();
      const watching = platform.reports().watch((report) => void seen.push(report), stop.signal);
      await until('both reports are seen', async () => seen.length >= 2);
      await reports.publish(fakeReport({ asOfS: 1_700_172_800 }), Date.now());
      await until('the next one is seen', async () => seen.length >= 3);
      stop.abort();
      await watching;
      expect(seen.map(({ asOfS }) => asOfS)).toEqual([1_700_000_000, 1_700_086_400, 1_700_172_800]);
      expect(notices.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/^skipping a prequential report: .*models@\d+: Format 9; this program reads 1\.$/),
      );
    } finally {
      await deployment.close();
    }
  });
}

describe('on the embedded log', () => suite('embedded'));
describeWithKafkaAndRedis('on Kafka', () => suite('kafka'));
