import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/adapters/system/clock';
import { openPlatform } from '../../../src/cli/open-platform';
import { type Platform, topicSpecs } from '../../../src/cli/platform';
import { readSettings } from '../../../src/config/settings';
import type { PrequentialReport } from '../../../src/domain/prequential/report';
import { artefactOf, handWeights } from '../../support/hand-model';
import { fakeReport } from '../../support/prequential-report';
import { until } from '../../support/process';
import { type Notice, quietObserver } from '../../support/quiet-observer';

let platform: Platform;
let home: string;
const notices: Notice[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'clv-test-'));
  const settings = readSettings({ CLV_HOME: home, CLV_PARTITIONS: '1' });
  platform = await openPlatform(settings, quietObserver(notices), systemClock);
  await platform.admin().ensureTopics(topicSpecs(settings));
});

afterAll(async () => {
  await platform.close();
  rmSync(home, { recursive: true, force: true });
});

test('reports travel with the models: each is seen by its own readers only, late ones too', async () => {
  const registry = platform.registry();
  const reports = platform.reports();
  const artefact = artefactOf(handWeights());
  await reports.publish(fakeReport(), 1);
  await registry.publish({ version: 'm-1', artefact, announcedAtMs: 2, note: 'n' });
  const unreadable = new TextEncoder().encode('{"format":9}');
  const key = new TextEncoder().encode('prequential');
  await platform
    .writer()
    .append([{ topic: platform.topics.models, partition: 0, key, value: unreadable, timestampMs: 3 }]);
  await reports.publish(fakeReport({ asOfS: 1_700_086_400 }), 4);
  expect((await registry.current())?.version).toBe('m-1');

  const seen: PrequentialReport[] = [];
  const stop = new AbortController();
  const watching = platform.reports().watch((report) => void seen.push(report), stop.signal);
  await until('both reports are seen', async () => seen.length >= 2);
  await reports.publish(fakeReport({ asOfS: 1_700_172_800 }), 5);
  await until('the next one is seen', async () => seen.length >= 3);
  stop.abort();
  await watching;
  expect(seen.map(({ asOfS }) => asOfS)).toEqual([1_700_000_000, 1_700_086_400, 1_700_172_800]);
  expect(notices.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^a prequential report is passed over: clv-models@\d+: Format 9/),
  ]);
});
