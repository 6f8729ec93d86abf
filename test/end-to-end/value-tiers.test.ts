import { systemClock } from '../../src/adapters/system/clock';
import { auditDeployment } from '../../src/cli/compose/audit';
import { openSchemas } from '../../src/cli/compose/codecs';
import { openTierDesk } from '../../src/cli/compose/tier-desk';
import { isScorable, passes } from '../../src/domain/audit/audit';
import { INPUT_ROLES, TICK_TOPIC } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { tierAfter } from '../../src/domain/scoring/tier-cuts';
import type { ClvUpdate, ValueTier } from '../../src/domain/update';
import type { OutgoingRecord } from '../../src/ports/log';
import { EventEncoder } from '../../src/serde/event-encoder';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { quietObserver } from '../support/quiet-observer';
import { STREAM_OPENS_S, simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

const LOOK_S = 0.2;
const CUSTOMERS = 200;
const EVENTS = 3_000;
const DAY_S = 86_400;

function record(deployment: Deployment, topic: number, key: string, value: Uint8Array): OutgoingRecord {
  const { platform, settings } = deployment;
  const bytes = Buffer.from(key);
  const partition = murmur2Partition(bytes, settings.CLV_PARTITIONS);
  return { topic: platform.topics.inputs[topic]!, partition, key: bytes, value, timestampMs: Date.now() };
}

/** Case N1 of the simulated past: five plain orders of this moment. */
function ordersOfToday(deployment: Deployment): OutgoingRecord[] {
  const eventTime = new Date().toISOString();
  return ['ann', 'bea', 'cleo', 'dana', 'eve'].map((customerId) => {
    const order = { orderId: `o-${customerId}`, customerId, status: 'placed', eventTime, amountMinor: 4_250 };
    const value = Buffer.from(JSON.stringify({ ...order, currency: 'EUR', items: 2 }));
    return record(deployment, INPUT_ROLES.indexOf('orders'), customerId, value);
  });
}

/** Scores all customers again as of an instant. */
function ticks(deployment: Deployment, asOfS: number): OutgoingRecord[] {
  const encoder = new EventEncoder(deployment.settings.CLV_CURRENCY);
  const value = encoder.encodeTick({ asOfS, shard: 0, shards: 1 });
  const topic = deployment.platform.topics.inputs[TICK_TOPIC]!;
  const partitions = Array.from({ length: deployment.settings.CLV_PARTITIONS }, (_, partition) => partition);
  return partitions.map((partition) => ({ topic, partition, key: null, value, timestampMs: Date.now() }));
}

const latestOf = (updates: readonly ClvUpdate[]) => new Map(updates.map((update) => [update.customerId, update]));
const tiersOf = (latest: ReadonlyMap<string, ClvUpdate>) =>
  new Map([...latest].map(([id, { prediction }]) => [id, prediction.valueTier]));

function suite(kind: DeploymentKind): void {
  test('tiers are shares of the customers; five orders of today beside a stream of the past move none; the audit agrees', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '50' });
    const { platform, settings, notices } = deployment;
    const partitions = settings.CLV_PARTITIONS;
    const schemas = await openSchemas(platform);
    const audited = { platform, settings, partitions, schemas };
    const desk = openTierDesk({ ...audited, observer: quietObserver(notices), clock: systemClock }, LOOK_S);
    const stop = new AbortController();
    let running = Promise.resolve();
    try {
      await writeInBatches(deployment, simulatedRecords(deployment, EVENTS, { customers: CUSTOMERS, seed: 73 }));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      const history = await deployment.updates();
      const newestS = Math.max(...history.map(({ asOfS }) => asOfS));
      expect(newestS).toBeLessThan(STREAM_OPENS_S + 365 * DAY_S);

      running = desk.run(stop.signal);
      const releases = platform.tierReleases();
      await until('cuts are released', async () => (await releases.current()) !== null);
      const inForce = async (version: string) => notices.some(({ message }) => message.includes(`the cuts ${version}`));
      const first = (await releases.current())!;
      expect(first.customers).toBe(latestOf(history).size);
      await until('the scorer serves them', () => inForce(first.version));

      // Everybody is scored again, so that everybody has a tier by these cuts, or by the next ones, as they are then.
      await deployment.write(ticks(deployment, newestS + 2 * DAY_S));
      await deployment.drained();
      await pauseForLooks();
      await deployment.write(ticks(deployment, newestS + 4 * DAY_S));
      await deployment.drained();
      await pauseForLooks();
      const before = latestOf(await deployment.updates());
      const known = [...before.values()];
      const share = (tiers: readonly ValueTier[]) =>
        known.filter(({ prediction }) => tiers.includes(prediction.valueTier)).length / known.length;
      expect(Math.abs(share(['platinum']) - 0.05)).toBeLessThan(0.04);
      expect(Math.abs(share(['platinum', 'gold']) - 0.2)).toBeLessThan(0.06);
      expect(Math.abs(share(['platinum', 'gold', 'silver']) - 0.5)).toBeLessThan(0.1);
      const cuts = await releases.current();

      await deployment.write(ordersOfToday(deployment));
      await deployment.drained();
      await pauseForLooks();
      expect(await releases.current()).toEqual(cuts);
      // Nobody of the past has another tier, also after the next tick.
      await deployment.write(ticks(deployment, newestS + 4 * DAY_S + 60));
      await deployment.drained();
      const after = latestOf(await deployment.updates());
      for (const [id, tier] of tiersOf(before)) expect([id, after.get(id)!.prediction.valueTier]).toEqual([id, tier]);
      expect(after.size).toBe(before.size + 5);

      for (const [id, { published }] of await deployment.states()) {
        expect([id, published?.tier]).toEqual([id, after.get(id)!.prediction.valueTier]);
      }
      const versions = await releases.versions();
      const named = (await deployment.updates()).filter(({ tierCuts }) => versions.has(tierCuts));
      expect(named.length).toBeGreaterThan(CUSTOMERS / 2);
      for (const { prediction, previousTier, value, tierCuts } of named) {
        expect(prediction.valueTier).toBe(tierAfter(previousTier, value, versions.get(tierCuts)!));
      }
      await scorer.stop();
      const verdicts = await auditDeployment(audited, null, { share: 1 });
      for (const verdict of verdicts) {
        expect(verdict.findings).toEqual([]);
        expect([passes(verdict), isScorable(verdict)]).toEqual([true, true]);
      }
    } finally {
      stop.abort();
      await running;
      await deployment.close();
    }
  }, 180_000);
}

/** The desk looks several times, and a scorer takes over what it releases. */
const pauseForLooks = () => new Promise((resolve) => setTimeout(resolve, 6_000 * LOOK_S));

describe('on the embedded log', () => suite('embedded'));
describeWithKafkaAndRedis('on Kafka and Redis', () => suite('kafka'));
