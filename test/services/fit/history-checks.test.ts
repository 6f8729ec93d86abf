import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { checkFaults, evaluationFaults, trainingFaults } from '../../../src/services/fit/history-checks';
import { anEvent } from '../../support/events';
import { testSeed } from '../../support/seeded';

const START_S = Date.UTC(2024, 0, 1) / 1000;
const day = (count: number) => START_S + count * SECONDS_PER_DAY;

/** `customers` people who order every ten days, or as often as it is said, for `days` days. */
function shop(customers: number, days: number, change: Partial<CustomerEvent> = {}, everyDays = 10): CustomerEvent[] {
  const events: CustomerEvent[] = [];
  for (let at = 0; at < days; at += everyDays)
    for (let i = 0; i < customers; i++)
      events.push(anEvent({ customerId: `c${i}`, eventId: `${i}/${at}`, timeS: day(at) + i, ...change }));
  return events;
}

const judged = (events: readonly CustomerEvent[], cut: number, horizonDays = 30, train = events) =>
  evaluationFaults(events, train, { cutS: day(cut), horizonDays });

test('a history of enough customers and days is taken, for a training and for a judgement', () => {
  const events = shop(50, 100);
  expect(trainingFaults(events, day(100))).toEqual([]);
  expect(judged(events, 60)).toEqual([]);
});

test.each<[string, CustomerEvent[], RegExp]>([
  ['one customer', shop(1, 400), /^1 customer has events .*: at least 50 are needed \(two years of 1,000 customers/],
  ['few customers', shop(49, 400), /^49 customers have events/],
  ['a short history', shop(60, 20), /^the history has 20 days .*: at least 28 are needed/],
  ['no paid order', shop(60, 400, { amountMinor: 0 }), /^none of the 2400 orders has an amount above 0/],
  ['refunds only', shop(60, 400, { kind: 'refund' }), /^there is no order/],
  ['nothing', [], /^no event lies before 20/],
])('%s is refused with what would be enough', (name, events, why) => {
  const faults = trainingFaults(events, day(name === 'a short history' ? 20 : 400));
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(why);
});

test('a cut without a past or without a future is refused, with the span of the events', () => {
  const events = shop(60, 100);
  const of = /events are of 2024-01-01 to 2024-03-31/;
  expect(judged(events, 500)).toEqual([
    expect.stringMatching(/2025-05-15 is after the last event, .*choose a cut up to 2024-03-02/),
  ]);
  expect(judged(events, 500)).toEqual([expect.stringMatching(of)]);
  expect(judged(events, -5)).toEqual([expect.stringMatching(/is not after the first event/)]);
  expect(judged([...shop(60, 40), ...shop(60, 10, { timeS: day(200) })], 60)).toEqual([
    expect.stringMatching(/no event lies in the 30 days after the cut 2024-03-01/),
  ]);
});

test('a horizon that the events cover in part is refused with the latest cut; a few quiet days at its end are not', () => {
  const events = shop(60, 100);
  expect(judged(events, 70)).toEqual([
    expect.stringMatching(
      /^the 30 days after the cut 2024-03-11 end after the last event.* choose a cut up to 2024-03-02/,
    ),
  ]);
  expect(judged(events, 62)).toEqual([]);
  expect(judged(events, 60, 31)).toEqual([]);
});

test('a history that is too short for every cut is said to be, with the horizon that would do', () => {
  const choice = (days: number, cut: number, horizon: number) => judged(shop(60, days), cut, horizon)[0];
  for (const cut of [500, -5]) {
    expect(choice(20, cut, 30)).toMatch(
      /that is too short for every cut, which needs 28 days before it and the 30 of the horizon after it: take a longer history$/,
    );
    expect(choice(40, cut, 30)).toMatch(
      /take a longer history, or a horizon of 3 days at most with the cut 2024-01-29$/,
    );
  }
});

const seed = testSeed();
test(`a cut that is advised is not refused, and none before the first event is (seed ${seed})`, () => {
  const random = mulberry32(seed);
  for (let run = 0; run < 60; run++) {
    const [days, horizon] = [1 + Math.floor(random() * 120), 1 + Math.floor(random() * 60)];
    const events = shop(60, days, {}, 1);
    const [fault = ''] = judged(events, pickOf([500, -5, days - 1], random), horizon);
    const cutOf = (text: string | undefined) => (Date.parse(text ?? '') / 1000 - day(0)) / SECONDS_PER_DAY;
    const [, latest, earliest] = /a cut up to (\S+), .*; (\S+) is the earliest/.exec(fault) ?? [];
    for (const cut of [latest, earliest])
      if (cut !== undefined) expect([fault, judged(events, cutOf(cut), horizon)]).toEqual([fault, []]);
    const [, shorter, from] = /a horizon of (\d+) days at most with the cut (\S+)$/.exec(fault) ?? [];
    if (from !== undefined) expect([fault, judged(events, cutOf(from), Number(shorter))]).toEqual([fault, []]);
  }
});

function pickOf(from: readonly number[], random: () => number): number {
  return from[Math.floor(random() * from.length)]!;
}

test('what is learnt from and what is judged are both counted before the cut', () => {
  const [many, few] = [shop(60, 100), shop(3, 100)];
  expect(judged(many, 60, 30, few)).toEqual([expect.stringMatching(/^3 customers have events before the cut/)]);
  expect(judged(few, 60, 30, many)).toEqual([expect.stringMatching(/^3 customers have events .*to judge by/)]);
});

test('faults refuse before any work; with force they are said, and the work goes on', () => {
  const said: string[] = [];
  expect(() => checkFaults(['a', 'b'], false, () => undefined)).toThrow('a; b. --force goes on all the same');
  checkFaults(['a', 'b'], true, (line) => said.push(line));
  checkFaults([], false, (line) => said.push(line));
  expect(said).toEqual(['warning: a', 'warning: b']);
});
