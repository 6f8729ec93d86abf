import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../../src/domain/event';
import { demoShop } from '../../../../src/domain/simulation/shop-population';
import type { Clock } from '../../../../src/ports/clock';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../../src/services/trainer/settings';
import { handWeights } from '../../../support/hand-model';
import { hashLearner } from '../../../support/hash-learner';
import { START_S, type TopicLogs } from '../../../support/label-streams';
import { pauseMs, until } from '../../../support/process';
import { realClock } from '../../../support/real-clock';
import { seeded } from '../../../support/seeded';
import {
  EXAMPLES,
  type LogRequest,
  lastDayOf,
  partitionOf,
  type SharedWorld,
  type SharedWorldOptions,
  sharedWorld,
} from '../../../support/shared-world';
import { shopLogs } from '../../../support/shop-labels';

const PARTITIONS = 2;
const SETTINGS: TrainerSettings = {
  ...DEMO_TRAINER_SETTINGS,
  ...{ trainEveryDays: 0, calibrateEveryDays: 0, refitEveryDays: 0, reportEverySeconds: 1e9, checkEverySeconds: 0.02 },
};
const LOGS = shopLogs(demoShop, 7, 400, 25);
const LAST_DAY_S = lastDayOf(LOGS, PARTITIONS, SETTINGS);

/** An error as a broker's answer makes it. */
const answer = (type: string): Error => Object.assign(new Error(type.toLowerCase()), { type });

function opened(more: Partial<SharedWorldOptions>): SharedWorld {
  const first = handWeights(-0.7);
  return sharedWorld({
    partitions: PARTITIONS,
    seeded: seeded(3),
    learner: hashLearner,
    first,
    settings: SETTINGS,
    ...more,
  });
}

/** The part of the stream below or from an instant on. */
const split = (logs: TopicLogs, atS: number): [TopicLogs, TopicLogs] => [
  logs.map((log) => log.filter(({ timeS }) => timeS < atS)),
  logs.map((log) => log.filter(({ timeS }) => timeS >= atS)),
];

const dayOf = async (world: SharedWorld) => (await world.learning())?.progress.dayS ?? 0;

test('while the log refuses everything, a trainer waits. Then it goes on by itself', async () => {
  let isAway = true;
  let goesAtAppend = false;
  const refused = new Set<LogRequest>();
  const request = (kind: LogRequest) => {
    if (goesAtAppend && kind === 'append') [isAway, goesAtAppend] = [true, false];
    if (!isAway || kind === 'close') return;
    refused.add(kind);
    throw answer('REQUEST_TIMED_OUT');
  };
  const world = opened({ request });
  const [early, late] = split(LOGS, START_S + 12 * SECONDS_PER_DAY);
  world.feed(early);
  const trainer = world.start(0);
  world.rebalance();
  try {
    await pauseMs(300);
    isAway = false;
    await until('some days are done', async () => (await dayOf(world)) > START_S + 3 * SECONDS_PER_DAY);
    goesAtAppend = true;
    world.feed(late);
    await until('an append is refused', () => refused.has('append'));
    await pauseMs(300);
    expect([...refused].sort()).toEqual(['append', 'open', 'read']);
    isAway = false;
    await until('the last day is done', async () => (await dayOf(world)) >= LAST_DAY_S);
    expect(world.living).toContain(trainer);
  } finally {
    await world.close();
  }
});

test.each([
  ['TOPIC_AUTHORIZATION_FAILED', 'append', 'train', 'topic clv-learning: give the user Read, Write and Describe on it'],
  [
    'MESSAGE_TOO_LARGE',
    'append',
    'train-labels-1',
    'topic clv-examples: a record is too large for it. clv-stream setup',
  ],
  ['TOPIC_AUTHORIZATION_FAILED', 'read', EXAMPLES, 'topic clv-examples: give the user Read, Write and Describe on it'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'open', 'train', 'the writer train: give the user Write and Describe on'],
])('%s at %s of %s ends the process, with the remedy', async (type, kind, of, message) => {
  const world = opened({
    request: (...request) => {
      if (request[0] === kind && request[1] === of) throw answer(type);
    },
  });
  world.feed(LOGS);
  const trainer = world.start(0);
  world.rebalance();
  await trainer.ended;
  await expect(world.close()).rejects.toThrow(`the log refuses a request for ${message}`);
});

test('a role that fails again and again waits longer and longer, and leaves no writer open', async () => {
  const speed = 400;
  const clock: Clock = { ...realClock, elapsedS: () => realClock.elapsedS() * speed };
  const openedAtS: number[] = [];
  let open = 0;
  let isBroken = true;
  const request = (kind: LogRequest, of: string) => {
    if (of !== 'train-labels-1') return;
    if (kind === 'open') openedAtS.push(clock.elapsedS());
    if (kind === 'open' || kind === 'close') open += kind === 'open' ? 1 : -1;
    if (kind === 'append' && isBroken) throw answer('NOT_ENOUGH_REPLICAS');
  };
  const world = opened({ request, clock });
  world.feed(LOGS);
  world.start(0);
  world.rebalance();
  try {
    await until('it has failed often', () => openedAtS.length > 14);
    expect(open).toBeLessThanOrEqual(1);
    const gaps = openedAtS.slice(1).map((atS, i) => atS - openedAtS[i]!);
    gaps.forEach((gapS, i) => {
      expect(gapS).toBeGreaterThanOrEqual(Math.min(60, 0.1 * 2 ** i));
    });
    isBroken = false;
    await until('the last day is done', async () => (await dayOf(world)) >= LAST_DAY_S);
  } finally {
    await world.close();
  }
});

test('before the first day, a partition is read only two days beyond its first event', async () => {
  const world = opened({ batchRecords: 4 });
  world.feed(LOGS);
  const densest = INPUT_ROLES[LOGS.findIndex((log) => log.length === Math.max(...LOGS.map(({ length }) => length)))];
  let latestS = 0;
  const follow = world.log.follow.bind(world.log);
  world.log.follow = (positions, onBatch, signal) =>
    follow(
      positions,
      async (batch) => {
        if (batch.topic === densest)
          for (const { timestampMs } of batch.records) latestS = Math.max(latestS, timestampMs / 1000);
        await onBatch(batch);
      },
      signal,
    );
  const trainer = world.start(0);
  world.give(trainer, [0]);
  try {
    await until('it reads', () => latestS > 0);
    await pauseMs(1_500);
    const aheadDays = (latestS - START_S) / SECONDS_PER_DAY;
    expect(aheadDays).toBeGreaterThan(2);
    expect(aheadDays).toBeLessThan(3 + 2 + SETTINGS.latenessDays + 2);
    world.give(trainer, [0, 1]);
    await until('the last day is done', async () => (await dayOf(world)) >= LAST_DAY_S);
  } finally {
    await world.close();
  }
});

test('a day of a live stream is no news. A partition that holds the others back for half an hour is', async () => {
  let passedS = 0;
  const clock: Clock = { ...realClock, elapsedS: () => realClock.elapsedS() + passedS };
  const world = opened({ clock });
  const untilS = START_S + 15 * SECONDS_PER_DAY;
  const [early, late] = split(LOGS, untilS);
  world.feed(early);
  world.start(0);
  world.rebalance();
  const waits = () => world.notices.filter(({ message }) => message.includes('the learner waits for partitions'));
  try {
    const doneS = lastDayOf(early, PARTITIONS, SETTINGS);
    await until('the early days are done', async () => (await dayOf(world)) >= doneS);
    passedS += SECONDS_PER_DAY;
    // One partition closes the day, the other one not yet.
    const [next, rest] = split(late, untilS + SECONDS_PER_DAY);
    const sliced = world.log.records(EXAMPLES, 0).length;
    world.feed(next.map((log) => log.filter(({ customerId }) => partitionOf(customerId, PARTITIONS) === 0)));
    await until('a slice is there', () => world.log.records(EXAMPLES, 0).length > sliced);
    await pauseMs(200);
    passedS += 29 * 60;
    await pauseMs(200);
    expect(waits()).toEqual([]);
    passedS += 2 * 60;
    await until('the notice is there', () => waits().length > 0);
    expect(waits()).toHaveLength(1);
    expect(waits()[0]!.message).toContain('partitions 1:');
    world.feed(next.map((log) => log.filter(({ customerId }) => partitionOf(customerId, PARTITIONS) !== 0)));
    world.feed(rest);
    await until('the last day is done', async () => (await dayOf(world)) >= LAST_DAY_S);
  } finally {
    await world.close();
  }
});
