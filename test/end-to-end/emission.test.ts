import { isComplete, passes } from '../../src/domain/audit/audit';
import type { ClvUpdate } from '../../src/domain/update';
import type { OutgoingRecord } from '../../src/ports/log';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

const EVENTS = 1_800;
const CUSTOMERS = 40;
/** Ticks stay empty here: no need to wait for them. */
const QUICK = { CLV_MAX_BATCH: '200', CLV_MAX_IDLE_MS: '100' };

/** previous + model + silence + event = value, and each `previous` is the value published before it. */
function expectSplitsToChain(updates: readonly ClvUpdate[]): void {
  const last = new Map<string, number>();
  for (const { customerId, change, value } of updates) {
    expect(change.previous).toBe(last.get(customerId) ?? 0);
    expect(Math.abs(change.previous + change.model + change.silence + change.event - value)).toBeLessThan(1e-9);
    last.set(customerId, value);
  }
}

type Records = (deployment: Deployment) => OutgoingRecord[];

const allTopics: Records = (deployment) => simulatedRecords(deployment, EVENTS, { customers: CUSTOMERS, seed: 11 });

/**
 * Only one topic has records, so there is only one order in which they can be folded, however slow the machine is. More customers, so that
 * the stream ends before today.
 */
const ordersOnly: Records = (deployment) => {
  const [orders] = deployment.platform.topics.inputs;
  return simulatedRecords(deployment, 14 * EVENTS, { customers: 3 * CUSTOMERS, seed: 11 })
    .filter(({ topic }) => topic === orders)
    .slice(0, EVENTS);
};

/** Runs one stream, with another scorer for its second half, and has it audited. */
async function run(
  kind: DeploymentKind,
  changes: Record<string, string>,
  recordsOf: Records = allTopics,
): Promise<ClvUpdate[]> {
  const deployment = await openDeployment(kind, { ...QUICK, ...changes });
  try {
    const records = recordsOf(deployment);
    expect(records).toHaveLength(EVENTS);
    await writeInBatches(deployment, records.slice(0, EVENTS / 2));
    const first = await deployment.startScorer();
    await deployment.drained();
    await first.stop();
    await writeInBatches(deployment, records.slice(EVENTS / 2));
    await deployment.startScorer();
    await deployment.drained();
    const verdicts = await deployment.audit();
    expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
    expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
    expect(verdicts.reduce((sum, { events }) => sum + events, 0)).toBe(EVENTS);
    const updates = await deployment.updates();
    expectSplitsToChain(updates);
    return updates;
  } finally {
    await deployment.close();
  }
}

/** Where batches end decides how often the recurrent state is rounded to be stored, which moves a value by some 1e-8 of it. */
const lastValues = (updates: readonly ClvUpdate[]) =>
  Object.fromEntries(
    updates.map(({ customerId, value, folded }) => [customerId, { value: expect.closeTo(value, 2), folded }]),
  );

describe('emission on the embedded store', () => {
  test('coalesce: fewer updates, the same last word on every customer', async () => {
    const every = await run('embedded', {}, ordersOnly);
    const coalesced = await run('embedded', { CLV_EMISSION: 'coalesce' }, ordersOnly);
    expect(every).toHaveLength(EVENTS);
    expect(coalesced.length).toBeLessThan(EVENTS / 2);
    const lastWords = Object.fromEntries(
      coalesced.map(({ customerId, value, folded }) => [customerId, { value, folded }]),
    );
    expect(lastWords).toEqual(lastValues(every));
  }, 120_000);

  test('coalesce: every event of interleaved topics is shown, none twice', async () => {
    const coalesced = await run('embedded', { CLV_EMISSION: 'coalesce' });
    expect(coalesced.length).toBeLessThan(EVENTS / 2);
  }, 120_000);
});

describeWithKafkaAndRedis('emission on Kafka and Redis', () => {
  test.each([
    ['coalesce', 'exactly-once'],
    ['latest', 'exactly-once'],
    ['every', 'at-least-once'],
  ])(
    '%s, %s: every event is shown, none twice',
    async (emission, delivery) => {
      const updates = await run('kafka', {
        CLV_EMISSION: emission,
        CLV_EMISSION_WINDOW_MS: '400',
        CLV_DELIVERY: delivery,
      });
      if (emission === 'every') expect(updates).toHaveLength(EVENTS);
      else expect(updates.length).toBeLessThan(EVENTS / 2);
    },
    240_000,
  );

  test('latest: leaves fewer updates than coalesce if micro-batches are small', async () => {
    const small = { ...QUICK, CLV_MAX_BATCH: '20', CLV_EMISSION_WINDOW_MS: '2000' };
    const deployment = await openDeployment('kafka', { ...small, CLV_EMISSION: 'latest' });
    try {
      const records = simulatedRecords(deployment, EVENTS, { customers: CUSTOMERS, seed: 11 });
      await writeInBatches(deployment, records);
      await deployment.startScorer();
      await deployment.drained();
      const updates = await deployment.updates();
      // 3 partitions × 30 micro-batches of 20 records; a publication takes up to 32 of them.
      expect(updates.length).toBeLessThan(CUSTOMERS * 10);
      expect((await deployment.audit()).every(passes)).toBe(true);
      expectSplitsToChain(updates);
    } finally {
      await deployment.close();
    }
  }, 120_000);
});
