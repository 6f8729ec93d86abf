import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { type BackfillMark, TimeFront, type TopicPace } from '../../../src/domain/labels/time-front';
import { NEVER_S } from '../../../src/domain/state/summary';
import { type Seeded, seeded, testSeed } from '../../support/seeded';
import { slowFront } from '../../support/slow-front';

interface Sent {
  readonly customerId: string;
  readonly timeS: number;
}

const seed = testSeed();
const START_S = Date.UTC(2024, 0, 1) / 1000;
const QUORUM = 3;
const days = (count: number) => count * SECONDS_PER_DAY;

/** Orders in the order of their arrival: at random instants, of random customers, late by up to an hour. */
function shop(dice: Seeded, { customers = 40, perDay = 20, fromDay = 0, untilDay = 60 } = {}): Sent[] {
  const count = Math.round(perDay * (untilDay - fromDay));
  return Array.from({ length: count }, () => {
    const timeS = START_S + Math.floor((fromDay + dice.next() * (untilDay - fromDay)) * SECONDS_PER_DAY);
    return { customerId: `c${dice.below(customers)}`, timeS, arrivesS: timeS + dice.below(3_600) };
  })
    .sort((a, b) => a.arrivesS - b.arrivesS)
    .map(({ customerId, timeS }) => ({ customerId, timeS }));
}

function frontOf(sent: readonly Sent[], quorum = QUORUM): TimeFront {
  const front = new TimeFront(quorum);
  for (const { customerId, timeS } of sent) front.take(customerId, timeS);
  return front;
}

/** A stream with all that the world sends: gaps, jumps, clocks that are wrong, changes of pace, old records. */
function hostile(dice: Seeded): Sent[] {
  const sent: Sent[] = [];
  let day = 0;
  for (let part = 0; part < 6; part++) {
    const perDay = dice.pick([0.1, 0.5, 2, 8, 30]);
    const length = dice.pick([3, 10, 30]);
    const customers = dice.pick([2, 4, 12, 50]);
    sent.push(...shop(dice, { customers, perDay, fromDay: day, untilDay: day + length }));
    day += length + dice.pick([0, 0, 0, 4, 12, 100, -20]);
  }
  const wrongS = () => START_S + Math.floor(dice.pick([-30, 0.9, 3, 40, 4_000]) * SECONDS_PER_DAY);
  return sent.map((each) => (dice.next() < 0.1 ? { ...each, timeS: each.timeS + wrongS() - START_S } : each));
}

describe(`the time of a topic (CLV_TEST_SEED=${seed})`, () => {
  test.each(Array.from({ length: 30 }, (_, i) => i))('equals a slow count over hostile streams, stream %i', (round) => {
    const dice = seeded(seed + round);
    const quorum = dice.pick([1, 2, 3, 5]);
    const sent = hostile(dice);
    const expected = slowFront(sent, quorum);
    const front = new TimeFront(quorum);
    sent.forEach(({ customerId, timeS }, i) => {
      const before = front.latestS;
      front.take(customerId, timeS);
      expect(front.latestS).toBe(expected[i]);
      expect(front.latestS).toBeGreaterThanOrEqual(before);
    });
  });

  test('does not depend on restarts', () => {
    for (let round = 0; round < 10; round++) {
      const dice = seeded(seed + 100 + round);
      const sent = hostile(dice);
      const once = frontOf(sent);
      let often = new TimeFront(QUORUM);
      for (const { customerId, timeS } of sent) {
        often.take(customerId, timeS);
        if (dice.next() > 0.1) continue;
        const pace = JSON.parse(JSON.stringify(often.pace())) as TopicPace;
        often = new TimeFront(QUORUM, often.latestS, pace);
      }
      expect(often.latestS).toBe(once.latestS);
      expect(often.pace()).toEqual(once.pace());
    }
  });

  test('law: fewer customers than the quorum never move it beyond what the others have sent', () => {
    for (let round = 0; round < 20; round++) {
      const dice = seeded(seed + 200 + round);
      const front = new TimeFront(QUORUM);
      let honestS = NEVER_S;
      for (const { customerId, timeS } of shop(dice, { perDay: dice.pick([0.3, 3, 30]), untilDay: 300 })) {
        front.take(customerId, timeS);
        honestS = Math.max(honestS, timeS);
        for (let sent = dice.below(6); sent > 0; sent--)
          front.take(`wrong ${dice.below(QUORUM - 1)}`, timeS + Math.floor(dice.next() ** 4 * days(8_000)));
        expect(front.latestS).toBeLessThanOrEqual(honestS);
      }
      // And they do not stop it.
      expect(honestS - front.latestS).toBeLessThan(days(150));
    }
  });

  test.each([
    [5, 5, 4],
    [20, 100, 1],
    [400, 1_000, 0.3],
  ])(
    '%i orders a day of %i customers: it is at most %f days behind the newest record, at 99 records of 100',
    (perDay, customers, most) => {
      const front = new TimeFront(QUORUM);
      const behind: number[] = [];
      for (const { customerId, timeS } of shop(seeded(seed), { perDay, customers, untilDay: 100 })) {
        front.take(customerId, timeS);
        if (timeS > START_S + days(10)) behind.push((front.newestS - front.latestS) / SECONDS_PER_DAY);
      }
      behind.sort((a, b) => a - b);
      expect(behind[Math.floor(0.99 * behind.length)]).toBeLessThan(most);
      // Chance may keep the customers of a small shop away a little longer.
      expect(behind.at(-1)).toBeLessThan(1.5 * most);
    },
  );
});

describe('a jump', () => {
  const dice = () => seeded(7);
  const old = shop(dice(), { untilDay: 60 });
  const beforeS = frontOf(old).latestS;
  const laterDay = 300;

  test.each([5, 50, 500])('%i orders of one later day move nothing', (count) => {
    const burst = shop(dice(), { customers: count, perDay: count, fromDay: laterDay, untilDay: laterDay + 1 });
    const front = frontOf([...old, ...burst]);
    expect(front.latestS).toBe(beforeS);
    expect(front.heldS).toBe(front.newestS - beforeS);
    expect(front.jumps).toEqual([]);
  });

  test('two later days at half of the usual rate move it, and the jump is remembered', () => {
    const stream = shop(dice(), { perDay: 30, fromDay: laterDay, untilDay: laterDay + 3 });
    const front = frontOf([...old, ...stream]);
    expect(front.latestS).toBeGreaterThan(START_S + days(laterDay + 1));
    expect(front.heldS).toBe(0);
    expect(front.jumps).toEqual([
      { fromS: Math.max(...old.map(({ timeS }) => timeS)), untilS: START_S + days(laterDay) },
    ]);
  });

  test('a trickle of later days moves nothing for weeks', () => {
    const trickle = shop(dice(), { customers: 3, perDay: 2, fromDay: laterDay, untilDay: laterDay + 14 });
    expect(frontOf([...old, ...trickle]).latestS).toBe(beforeS);
  });

  test('a stream that goes on at a tenth of its rate is followed in the end', () => {
    const slow = shop(dice(), { perDay: 2, fromDay: laterDay, untilDay: laterDay + 120 });
    expect(frontOf([...old, ...slow]).latestS).toBeGreaterThan(START_S + days(laterDay + 60));
  });

  test('as long as the old stream goes on, live records beside it move nothing, however many', () => {
    const backfill = shop(dice(), { perDay: 20, fromDay: 60, untilDay: 260 });
    const live = shop(dice(), { customers: 900, perDay: 3_000, fromDay: laterDay, untilDay: laterDay + 4 });
    const front = frontOf(old);
    live.forEach((each, i) => {
      front.take(each.customerId, each.timeS);
      const own = backfill[Math.floor((i * backfill.length) / live.length)]!;
      if (i % 3 === 0) front.take(own.customerId, own.timeS);
      expect(front.latestS).toBeLessThanOrEqual(own.timeS + days(1));
    });
    expect(front.latestS).toBeGreaterThan(START_S + days(255));
    expect(front.jumps).toEqual([]);
  });

  test('live records that come first do not start time; the history does', () => {
    const live = shop(dice(), { perDay: 500, fromDay: laterDay, untilDay: laterDay + 1 });
    const front = frontOf([...live, ...old]);
    expect(front.latestS).toBe(beforeS);
  });

  test('records of a back-fill that comes too late do not hold the live stream up', () => {
    const live = shop(dice(), { fromDay: laterDay, untilDay: laterDay + 20 });
    const late = shop(dice(), { perDay: 200, untilDay: 30 });
    const front = frontOf(live.flatMap((each, i) => [each, ...late.slice(i * 10, i * 10 + 10)]));
    expect(front.latestS).toBe(frontOf(live).latestS);
  });

  test('a closed long weekend is a step; twelve closed days are a jump that two days settle', () => {
    const reopened = (closed: number, open: number) =>
      frontOf([...old, ...shop(dice(), { perDay: 20, fromDay: 60 + closed, untilDay: 60 + closed + open })]);
    expect(reopened(4.5, 0.5).jumps).toEqual([]);
    expect(reopened(4.5, 0.5).latestS).toBeGreaterThan(beforeS + days(4));
    expect(reopened(12, 0.9).latestS).toBe(beforeS);
    expect(reopened(12, 2).latestS).toBeGreaterThanOrEqual(START_S + days(73));
  });

  test('who vouches for a time moves it, and the records after it are near', () => {
    const front = frontOf([...old, ...shop(dice(), { fromDay: laterDay, untilDay: laterDay + 0.9 })]);
    front.confirm(START_S + days(laterDay));
    expect(front.latestS).toBe(START_S + days(laterDay));
    expect(front.heldS).toBe(0);
    for (const { customerId, timeS } of shop(dice(), { fromDay: laterDay + 0.9, untilDay: laterDay + 1.5 }))
      front.take(customerId, timeS);
    expect(front.latestS).toBeGreaterThan(START_S + days(laterDay + 1));
    expect(front.jumps).toHaveLength(1);
  });

  test('nobody vouches for a time beyond the newest record', () => {
    const front = frontOf([...old, ...shop(dice(), { fromDay: laterDay, untilDay: laterDay + 0.9 })]);
    front.confirm(START_S + days(20_000));
    expect(front.latestS).toBe(front.newestS);
  });
});

describe('a back-fill beside live records', () => {
  const dice = () => seeded(8);
  const LIVE_DAY = 300;
  const began = shop(dice(), { untilDay: 60 });
  const rest = shop(dice(), { fromDay: 60, untilDay: 260 });
  const live = shop(dice(), { customers: 900, perDay: 3_000, fromDay: LIVE_DAY, untilDay: LIVE_DAY + 4 });
  const back = (sent: readonly Sent[], last: BackfillMark) =>
    sent.map((each, i) => ({ ...each, mark: i === sent.length - 1 ? last : ('more' as const) }));
  const take = (front: TimeFront, sent: readonly (Sent & { mark?: BackfillMark })[]) => {
    for (const { customerId, timeS, mark = null } of sent) front.take(customerId, timeS, mark);
    return front;
  };

  test('it may pause for days: live records of several days move nothing until its last record', () => {
    const front = take(new TimeFront(QUORUM), back(began, 'more'));
    const pausedS = front.latestS;
    take(front, live);
    expect(front.latestS).toBe(pausedS);
    expect(front.heldS).toBe(front.newestS - pausedS);
    take(front, back(rest, 'more'));
    expect(front.latestS).toBeGreaterThan(START_S + days(255));
    expect(front.latestS).toBeLessThan(START_S + days(261));
    expect(front.jumps).toEqual([]);
    // With the last one, what live records have proven meanwhile counts.
    take(front, back(rest.slice(-1), 'last'));
    expect(front.latestS).toBe(START_S + days(LIVE_DAY + 1));
    expect(front.jumps).toHaveLength(1);
  });

  test('without marks the pause passes for the end', () => {
    const front = take(new TimeFront(QUORUM), [...began, ...live]);
    expect(front.latestS).toBeGreaterThan(START_S + days(LIVE_DAY));
  });

  test('silence in its own time is passed over as in any stream', () => {
    const later = shop(dice(), { fromDay: 100, untilDay: 103 });
    const front = take(new TimeFront(QUORUM), [...back(began, 'more'), ...live, ...back(later, 'more')]);
    expect(front.latestS).toBeGreaterThan(START_S + days(101));
    expect(front.latestS).toBeLessThan(START_S + days(104));
  });

  test('live records of one day wait after its end too; those of the next day move time', () => {
    const today = shop(dice(), { perDay: 30, fromDay: LIVE_DAY, untilDay: LIVE_DAY + 1 });
    const tomorrow = shop(dice(), { perDay: 30, fromDay: LIVE_DAY + 1, untilDay: LIVE_DAY + 2 });
    const front = take(new TimeFront(QUORUM), [...back(began, 'more'), ...today, ...back(rest, 'last')]);
    expect(front.latestS).toBeLessThan(START_S + days(261));
    take(front, tomorrow);
    expect(front.latestS).toBeGreaterThan(START_S + days(LIVE_DAY));
  });

  test('one that was given up ends when someone vouches for a later time', () => {
    const front = take(new TimeFront(QUORUM), [...back(began, 'more'), ...live]);
    front.confirm(START_S + days(LIVE_DAY));
    expect([front.latestS, front.backfilledS]).toEqual([START_S + days(LIVE_DAY), null]);
  });

  test('restarts change nothing', () => {
    const stream = [...back(began, 'more'), ...live, ...back(rest, 'last'), ...live];
    const once = take(new TimeFront(QUORUM), stream);
    let often = new TimeFront(QUORUM);
    stream.forEach((each, i) => {
      take(often, [each]);
      if (i % 97 > 0) return;
      often = new TimeFront(QUORUM, often.latestS, JSON.parse(JSON.stringify(often.pace())) as TopicPace);
    });
    expect([often.latestS, often.pace()]).toEqual([once.latestS, once.pace()]);
  });
});

test.each([0.5, 1, 2])('slow shops of %d orders a day: hardly a jump of a month in a hundred years', (perDay) => {
  let long = 0;
  for (let each = 1; each <= 10; each++) {
    const front = frontOf(shop(seeded(each), { customers: 5_000, perDay, untilDay: 3_650 }));
    expect(front.latestS).toBeGreaterThan(START_S + days(3_450));
    long += front.jumps.filter(({ fromS, untilS }) => untilS - fromS > days(30)).length;
  }
  expect(long).toBeLessThanOrEqual(1);
});

test.each([0.1, 0.2, 0.3, 0.5, 1, 2])(
  'shops of %d orders a day: no jump is longer than the silence that there was',
  (perDay) => {
    for (let each = 1; each <= 10; each++) {
      const sent = shop(seeded(seed + each), { customers: 5_000, perDay, untilDay: 3_650 });
      const times = sent.map(({ timeS }) => timeS).sort((a, b) => a - b);
      const longest = Math.max(...times.slice(1).map((timeS, i) => timeS - times[i]!));
      const front = new TimeFront(QUORUM);
      let jumped = 0;
      for (const { customerId, timeS } of sent) {
        front.take(customerId, timeS);
        const last = front.jumps.at(-1);
        if (last !== undefined) jumped = Math.max(jumped, last.untilS - last.fromS);
      }
      expect(jumped).toBeLessThanOrEqual(longest);
    }
  },
);

test('five customers who order once a week each: two weeks without one are no jump', () => {
  const dice = seeded(3);
  const usual = shop(dice, { customers: 5, perDay: 5 / 7, untilDay: 200 });
  const front = frontOf(usual);
  const before = front.jumps;
  for (let c = 0; c < 5; c++) front.take(`c${c}`, START_S + days(214 + c / 10));
  expect(front.heldS).toBe(0);
  expect(front.latestS).toBeGreaterThan(START_S + days(214));
  expect(front.jumps).toEqual(before);
});

test('with a quorum of one the newest record moves time, and nothing is stored', () => {
  const front = frontOf(
    [
      { customerId: 'a', timeS: 10 },
      { customerId: 'a', timeS: days(9_000) },
    ],
    1,
  );
  expect(front.latestS).toBe(days(9_000));
  expect(front.heldS).toBe(0);
  expect(front.pace()).toBeNull();
});
