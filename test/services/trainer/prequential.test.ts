import { PartitionLabels } from '../../../src/domain/labels/labels';
import { mulberry32 } from '../../../src/domain/math/random';
import type { PrequentialReport } from '../../../src/domain/prequential/report';
import type { Clock } from '../../../src/ports/clock';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { PrequentialReporter } from '../../../src/services/trainer/prequential';
import { ends, fakeScore, randomLogs } from '../../support/label-streams';
import { MemoryReports } from '../../support/memory-topics';
import { type Notice, quietObserver } from '../../support/quiet-observer';

const SETTINGS = {
  window: 4,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 5,
  maxOpenOrigins: 1_000,
  reservoirSize: 0,
  recencyDays: 70,
  judgedScores: 1_000,
  gateShare: 0.25,
};
const logs = randomLogs(mulberry32(5), 900, 12, 60, 0.5);

function openLabels(): PartitionLabels {
  return new PartitionLabels(0, null, SETTINGS, {
    load: () => null,
    encode: encodeState,
    decode: decodeState,
    score: fakeScore,
  });
}

/** Reads the next events of every topic, up to a share of them all. */
function readUpTo(labels: PartitionLabels, share: number): void {
  logs.forEach((log, topic) => {
    const until = Math.floor(share * log.length);
    for (let offset = labels.times.nextOffset(topic); offset < until; offset++) labels.add(topic, offset, log[offset]!);
    labels.times.readUpTo(topic, until);
  });
  labels.advance(labels.times.readUntilS(share === 1 ? ends(logs) : []));
}

/** Time stands until it is moved; a sleep is no time at all. */
function handClock(): Clock & { nowS: number } {
  const clock = { nowS: 0, nowMs: () => 1_000 * clock.nowS, elapsedS: () => clock.nowS, sleep: async () => {} };
  return clock;
}

function stage(reports: Pick<MemoryReports, 'publish' | 'watch'>) {
  const clock = handClock();
  const notices: Notice[] = [];
  const observed: PrequentialReport[] = [];
  const observer = quietObserver(notices, { prequential: ({ report }) => void observed.push(report) });
  return { clock, notices, observed, reporter: new PrequentialReporter(reports, observer, clock, 100, 60) };
}

test('reports at most as often as allowed, and only if something was judged or another version is in force', async () => {
  const reports = new MemoryReports();
  const { clock, observed, reporter } = stage(reports);
  const labels = openLabels();
  readUpTo(labels, 0.4);
  const turn = async (nowS: number, version = 'm-1') => {
    clock.nowS = nowS;
    await reporter.reportIfDue([labels], version);
    return reports.published.length;
  };
  expect(await turn(0)).toBe(1);
  readUpTo(labels, 0.7);
  expect(await turn(59)).toBe(1);
  expect(await turn(60)).toBe(2);
  expect(await turn(120)).toBe(2);
  expect(await turn(121, 'm-2')).toBe(3);
  expect(observed).toEqual(reports.published);
  const [first, second, third] = observed;
  expect(second!.horizons[0]!.judged).toBeGreaterThan(first!.horizons[0]!.judged);
  expect(second!.asOfS).toBe(labels.clockS);
  expect(third!.currentVersion).toBe('m-2');
});

test('with the log away the figures are still observed, and published when it is back', async () => {
  const reports = new MemoryReports();
  let away = true;
  const flaky = {
    publish: (report: PrequentialReport) => (away ? Promise.reject(new Error('gone')) : reports.publish(report)),
    watch: reports.watch.bind(reports),
  };
  const { clock, notices, observed, reporter } = stage(flaky);
  const labels = openLabels();
  readUpTo(labels, 1);
  await reporter.reportIfDue([labels], 'm-1');
  expect(observed).toHaveLength(1);
  expect(notices.map(({ message }) => message)).toEqual([
    'the prequential report could not be published; the next one is tried later',
  ]);
  away = false;
  clock.nowS = 61;
  await reporter.reportIfDue([labels], 'm-1');
  expect(reports.published).toHaveLength(1);
});

test('the previous version is the other one of the latest judged origin', async () => {
  const reports = new MemoryReports();
  const { reporter } = stage(reports);
  const labels = openLabels();
  readUpTo(labels, 1);
  const judged = [...labels.judgedScores()].sort((a, b) => b.atS - a.atS);
  const [current] = judged;
  const other = judged.find(({ modelVersion }) => modelVersion !== current!.modelVersion)!;
  await reporter.reportIfDue([labels], current!.modelVersion);
  expect(reports.published[0]).toMatchObject({
    currentVersion: current!.modelVersion,
    previousVersion: other.modelVersion,
  });
});
