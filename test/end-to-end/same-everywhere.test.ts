import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/system/clock';
import { feedSettings } from '../../src/cli/compose/feed';
import { firstModel } from '../../src/cli/compose/first-model';
import { openEvents } from '../../src/cli/files/open-events';
import { passes } from '../../src/domain/audit/audit';
import { mulberry32 } from '../../src/domain/math/random';
import { Scorer } from '../../src/domain/scoring/scorer';
import type { SequenceState } from '../../src/domain/state/sequence-state';
import { NEVER_S } from '../../src/domain/state/summary';
import { runReplay } from '../../src/services/simulator/replay';
import { decayedDifference, eventsOf } from '../support/decayed-tolerance';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { judgeProfiles, profileRecord } from '../support/profiles';
import { STREAM_OPENS_S, simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

type States = Map<string, SequenceState>;

/** Runs one stream through one deployment to its end. */
async function run(
  kind: DeploymentKind,
  changes: Record<string, string>,
  write: (deployment: Deployment) => Promise<void>,
): Promise<States> {
  const deployment = await openDeployment(kind, changes);
  try {
    await write(deployment);
    await deployment.startScorer();
    await deployment.drained();
    expect((await deployment.audit()).every(passes)).toBe(true);
    expect((await judgeProfiles(deployment)).wrong).toEqual([]);
    return await deployment.states();
  } finally {
    await deployment.close();
  }
}

/**
 * Every customer of one against the other. Where events came too late, the window depends on the order of arrival:
 * such customers are counted and compared on the summary.
 */
function compare(a: States, b: States, scorer: Scorer): { compared: number; summaryOnly: number } {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  let summaryOnly = 0;
  for (const [customerId, one] of a) {
    const other = b.get(customerId)!;
    const near = (x: number, y: number) => Math.abs(x - y) <= 1e-5 * Math.max(1, Math.abs(x));
    // Voided orders show among the kept events.
    const { decayed, voided, voidedMinor, ...exact } = one.summary;
    const { decayed: otherDecayed, voided: otherVoided, voidedMinor: otherMinor, ...otherExact } = other.summary;
    expect({ customerId, ...exact }).toEqual({ customerId, ...otherExact });
    const events = eventsOf(one.folded);
    const off = (value: number, i: number) =>
      Math.abs(value - otherDecayed[i]!) - decayedDifference(value, otherDecayed[i]!, events);
    expect({ customerId, off: Math.max(...decayed.map(off)) <= 0 }).toEqual({ customerId, off: true });
    expect({ customerId, ...one.profile }).toEqual({ customerId, ...other.profile });
    expect({ customerId, folded: one.folded }).toEqual({ customerId, folded: other.folded });
    if (JSON.stringify(one.window) !== JSON.stringify(other.window)) {
      summaryOnly++;
      continue;
    }
    expect({ customerId, voided, voidedMinor }).toEqual({
      customerId,
      voided: otherVoided,
      voidedMinor: otherMinor,
    });
    expect(one.hidden.every((value, i) => near(value, other.hidden[i]!))).toBe(true);
    expect(one.cell.every((value, i) => near(value, other.cell[i]!))).toBe(true);
    // Only a profile tells of them.
    if (one.summary.lastSeenS === NEVER_S) {
      expect({ customerId, published: [one.published, other.published] }).toEqual({
        customerId,
        published: [null, null],
      });
      continue;
    }
    expect({ customerId, asOfS: one.published!.asOfS }).toEqual({ customerId, asOfS: other.published!.asOfS });
    expect(near(one.published!.value, other.published!.value)).toBe(true);
    // The published score is the score of the state: nothing stale was stored.
    expect(near(scorer.clv(scorer.read(one, one.published!.asOfS), 365), one.published!.value)).toBe(true);
  }
  return { compared: a.size - summaryOnly, summaryOnly };
}

const RETAIL = join(
  process.env.CLV_DATA_DIR ?? join(__dirname, '..', '..', '..', 'shared', 'data'),
  'online_retail.csv.gz',
);

describeWithKafkaAndRedis('one stream and one model through Kafka and Redis and through the embedded store', () => {
  test('events and profiles of a simulated shop: the same state and score of every customer', async () => {
    const write = async (deployment: Deployment) => {
      await writeInBatches(deployment, simulatedRecords(deployment, 6_000, { customers: 150, seed: 11 }));
      const random = mulberry32(12);
      const profiles = Array.from({ length: 300 }, (_, i) =>
        profileRecord(deployment, `customer-${Math.floor(200 * random())}`, STREAM_OPENS_S + 3_600 * i, random),
      );
      await writeInBatches(deployment, profiles);
    };
    const embedded = await run('embedded', {}, write);
    const kafka = await run('kafka', {}, write);
    const deployment = await openDeployment('embedded');
    const scorer = new Scorer(firstModel(deployment.settings), 100);
    await deployment.close();
    const { compared, summaryOnly } = compare(embedded, kafka, scorer);
    console.log(`${compared} customers compared in full, ${summaryOnly} on the summary (events that came too late)`);
    expect(compared).toBeGreaterThan(100);
    expect(summaryOnly).toBeLessThanOrEqual(compared * 0.02);
  }, 180_000);

  const data = existsSync(RETAIL);
  (data ? test : test.skip)(
    `Online Retail, recorded${data ? '' : ' (skipped: set CLV_DATA_DIR to the folder with online_retail.csv.gz)'}`,
    async () => {
      const write = async (deployment: Deployment) => {
        const { platform, settings } = deployment;
        const files = await openEvents([RETAIL], {}, { currency: settings.CLV_CURRENCY });
        const report = await runReplay(
          {
            feed: feedSettings(settings, platform.topics, settings.CLV_PARTITIONS, { everyDays: 0, shards: 1 }),
            acceleration: Number.POSITIVE_INFINITY,
          },
          { events: files.files[0]!.events(), writer: platform.writer(), clock: systemClock },
          new AbortController().signal,
        );
        expect(report.events).toBe(10_994);
      };
      const embedded = await run('embedded', { CLV_CURRENCY: 'GBP' }, write);
      const kafka = await run('kafka', { CLV_CURRENCY: 'GBP' }, write);
      const deployment = await openDeployment('embedded');
      const scorer = new Scorer(firstModel(deployment.settings), 100);
      await deployment.close();
      expect(compare(embedded, kafka, scorer)).toEqual({ compared: 2_678, summaryOnly: 0 });
    },
    240_000,
  );
});
