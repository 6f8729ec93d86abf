import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../src/services/trainer/settings';
import { handWeights } from '../../support/hand-model';
import { shopLogs } from '../../support/shop-labels';
import { FakeLearner, trainerWorld } from '../../support/trainer-world';

const IDLE: TrainerSettings = {
  ...DEMO_TRAINER_SETTINGS,
  ...{ trainEveryDays: 0, refitEveryDays: 0, calibrateEveryDays: 0 },
  ...{ reportEverySeconds: 1e9, judgedScores: 0, checkEverySeconds: 0.01 },
};
const TODAY_S = Date.parse('2026-11-25T18:30:08Z') / 1000;
/** As in the case that was reported. */
const FIVE: CustomerEvent[] = ['bea', 'cleo', 'dana', 'elke', 'fred'].map((customerId) => ({
  ...{ kind: 'order', customerId, eventId: `o-${customerId}`, timeS: TODAY_S },
  ...{ amountMinor: 4250, items: 2, dwellS: 0, stars: 0 },
}));

test('five orders of today beside an old stream move no label', async () => {
  const world = trainerWorld(new FakeLearner((w) => w), handWeights(), IDLE);
  const { feed, isRead, isDone, store, topics, runUntil } = world;
  feed(shopLogs(demoShop, 42, 100, 30));
  await runUntil('the old stream is read', isDone);
  const content = () =>
    [0, 1].map((p) => ({ clockS: store.progress(p)!.clockS, counters: store.progress(p)!.counters }));
  const before = { content: content(), dayS: store.training()!.dayS };
  // All of them in one partition, which is the worst case.
  topics.append('orders', 0, FIVE);
  let checks = 0;
  await runUntil('they are read, and idle topics were checked', async () => (await isRead()) && checks++ > 10);
  expect({ content: content(), dayS: store.training()!.dayS }).toEqual(before);
  expect(store.progress(0)!.pending.filter(({ event }) => event.timeS === TODAY_S)).toHaveLength(5);
});

test('an operator who confirms the jump lets the labels go on to today, in the partition with the orders and in the other one', async () => {
  const world = trainerWorld(new FakeLearner((w) => w), handWeights(), IDLE);
  const { feed, isDone, notices, store, topics, runUntil } = world;
  feed(shopLogs(demoShop, 42, 100, 30));
  await runUntil('the old stream is read', isDone);
  topics.append('orders', 0, FIVE);
  const confirmed = { ...IDLE, confirmedS: TODAY_S };
  const isToday = () => [0, 1].every((p) => store.progress(p)!.clockS > TODAY_S - 4 * SECONDS_PER_DAY);
  await runUntil('the labels have come to today', isToday, confirmed);
  const jumps = () => notices.filter(({ message }) => message.includes('as confirmed'));
  expect(jumps()).toEqual([
    { level: 'warn', message: expect.stringContaining('partition 0'), detail: expect.anything() },
  ]);
  // It stays on and confirms nothing more.
  let checks = 0;
  await runUntil('it has started again and checked', () => checks++ > 10, confirmed);
  expect(jumps()).toHaveLength(1);
});
