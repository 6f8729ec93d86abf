import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { NEVER_S } from '../../../src/domain/state/summary';
import type { Clock } from '../../../src/ports/clock';
import { TimeWitness } from '../../../src/services/trainer/time-witness';

const NOW_S = Date.UTC(2026, 10, 27) / 1000;
const SILENCE_DAYS = 7;
const FRONT_S = NOW_S - 10 * SECONDS_PER_DAY;

function witness(silenceDays = SILENCE_DAYS) {
  let elapsedS = 0;
  const clock = { elapsedS: () => elapsedS, nowMs: () => (NOW_S + elapsedS) * 1000 } as unknown as Clock;
  const one = new TimeWitness(clock, silenceDays);
  const vouchedS = (frontS: number, knownS = FRONT_S) => one.vouchedS(frontS, knownS);
  return {
    vouchedS,
    pass: (seconds: number) => {
      elapsedS += seconds;
    },
  };
}

test('after an hour without progress the local clock counts, days late', () => {
  const { vouchedS, pass } = witness();
  expect(vouchedS(FRONT_S)).toBe(NEVER_S);
  pass(3_599);
  expect(vouchedS(FRONT_S)).toBe(NEVER_S);
  pass(1);
  expect(vouchedS(FRONT_S)).toBe(NOW_S + 3_600 - SILENCE_DAYS * SECONDS_PER_DAY);
  // Progress starts the hour again.
  expect(vouchedS(FRONT_S + 1)).toBe(NEVER_S);
});

test('a front that falls while a record waits to be read is no progress', () => {
  const { vouchedS, pass } = witness();
  vouchedS(FRONT_S);
  for (let i = 0; i < 60; i++) {
    pass(60);
    vouchedS(i % 2 === 0 ? FRONT_S - 3_600 : FRONT_S);
  }
  expect(vouchedS(FRONT_S)).toBeGreaterThan(FRONT_S);
});

test.each([
  ['it never counts if that is set', 0, FRONT_S],
  ['nothing is known yet', SILENCE_DAYS, NEVER_S],
  ['the stream is one of the past', SILENCE_DAYS, NOW_S - 30 * SECONDS_PER_DAY],
])('no word of the local clock: %s', (_, silenceDays, knownS) => {
  const { vouchedS, pass } = witness(silenceDays);
  vouchedS(FRONT_S, knownS);
  pass(2 * 3_600);
  expect(vouchedS(FRONT_S, knownS)).toBe(NEVER_S);
});
