import {
  ATTRIBUTE_FEATURES,
  ATTRIBUTE_SLOTS,
  type AttributeVocabulary,
  type CustomerAttributes,
  NO_VOCABULARY,
} from '../../../src/domain/attributes';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import {
  advanceContext,
  clockStepFeatures,
  contextAfter,
  contextAtStart,
  eventStepFeatures,
  FEATURE_FINGERPRINT,
  STEP_FEATURES,
  SUMMARY_FEATURES,
  summaryFeatures,
} from '../../../src/domain/features/features';
import { mulberry32 } from '../../../src/domain/math/random';
import { emptyState, foldEvent, type SequenceState } from '../../../src/domain/state/sequence-state';
import { anEvent, type PositionedEvent, randomPast } from '../../support/events';
import { PlainFold } from '../../support/plain-fold';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const TYPICAL = 2_500;
const RAMP_KNOTS = [30, 90, 180, 270, 330, 365, 400, 455, 545, 730, 1095, 1460, 2190];
const VOCABULARY: AttributeVocabulary = {
  ageBand: ['18-24', '25-34'],
  region: ['north', 'south', 'west'],
  channel: ['app'],
};

const log1pDays = (fromS: number, untilS: number) => Math.log(1 + Math.max(0, untilS - fromS) / 86_400);

interface Context {
  readonly firstS: number | undefined;
  readonly lastS: number | undefined;
  readonly orderS: number | undefined;
}

function plainTime(timeS: number, { firstS, lastS, orderS }: Context): number[] {
  const since = (fromS: number | undefined) => (fromS === undefined ? 0 : log1pDays(fromS, timeS));
  const [day, week] = [timeS / 86_400, timeS / 86_400 / 7].map((turns) => 2 * Math.PI * (turns % 1)) as [
    number,
    number,
  ];
  const clock = [Math.sin(day), Math.cos(day), Math.sin(week), Math.cos(week)];
  return [since(lastS), since(orderS), since(firstS), orderS === undefined ? 0 : 1, ...clock];
}

type Kept = ReturnType<PlainFold['events']>[number];

function plainStep(event: Kept, context: Context): number[] {
  const kind = Array.from({ length: 7 }, (_, i) => (i === event.kind ? 1 : 0));
  const sized = event.voided === 0;
  const value = sized ? Math.log(1 + Math.min(100, event.amountMinor / TYPICAL)) : 0;
  const items = sized ? Math.log(1 + Math.min(10_000, event.items)) : 0;
  const minutes = Math.log(1 + Math.min(60, event.dwellS / 60));
  const stars = event.stars === 0 ? [0, 0] : [1, [-1, -0.5, 0, 0.5, 1][event.stars - 1]!];
  return [...kind, ...plainTime(event.timeS, context), value, items, minutes, ...stars];
}

/** The context before the k-th kept event, from the window start and the events before it. */
function plainContext(plain: PlainFold, k: number): Context {
  const { firstSeenS, timeS, lastOrderS } = plain.start();
  const before = plain.events().slice(0, k);
  const known = (instant: number) => (instant === -1 ? undefined : instant);
  const orders = before.filter(({ kind }) => kind === 0);
  return {
    firstS: known(firstSeenS) ?? before[0]?.timeS,
    lastS: before.at(-1)?.timeS ?? known(timeS),
    orderS: orders.at(-1)?.timeS ?? known(lastOrderS),
  };
}

function plainRamp(days: number, k: number): number {
  const [from, to] = [RAMP_KNOTS[k]!, RAMP_KNOTS[k + 1]!];
  if (days <= from) return 0;
  return days >= to ? 1 : Math.log((1 + days) / (1 + from)) / Math.log((1 + to) / (1 + from));
}

function plainAttributes(attributes: CustomerAttributes | null): number[] {
  return (['ageBand', 'region', 'channel'] as const).flatMap((name) =>
    Array.from({ length: ATTRIBUTE_SLOTS[name] }, (_, slot) => {
      const value = VOCABULARY[name][slot];
      return value !== undefined && attributes?.[name] === value ? 1 : 0;
    }),
  );
}

function plainSummary(plain: PlainFold, asOfS: number, attributes: CustomerAttributes | null): number[] {
  const s = plain.summary();
  const some = plain.folded.length > 0;
  const ordered = s.placed > 0;
  const orders = Math.max(0, s.placed - s.cancelled - s.voided);
  const netOrders = s.valued - s.cancelledValued - s.voided;
  const netMinor = s.placedMinor - s.cancelledMinor - s.voidedMinor;
  const [valued, minor] = netOrders > 0 && netMinor > 0 ? [netOrders, netMinor] : [0, 0];
  const days = (fromS: number) => Math.max(0, asOfS - fromS) / 86_400;
  const [recency, age, silence] = [
    ordered ? days(s.lastOrderS) : 0,
    some ? days(s.firstSeenS) : 0,
    some ? days(s.lastSeenS) : 0,
  ];
  const gap = s.placed < 2 ? undefined : (s.lastOrderS - s.firstOrderS) / 86_400 / (s.placed - 1);
  const decayed = some ? plain.decayed() : new Array<number>(8).fill(0);
  return [
    orders,
    valued,
    s.refunds + s.cancelled,
    ordered ? Math.E - 1 : 0,
    Math.max(0, s.placedMinor - s.returnedMinor) / TYPICAL,
    valued === 0 ? 0 : Math.min(100, minor / valued / TYPICAL),
    gap ?? 0,
    gap === undefined ? 0 : Math.E - 1,
    recency,
    age,
    silence,
    gap === undefined ? 0 : (recency + 1) / (gap + 1) - 1,
    orders / (age / 30 + 1),
    s.timedBrowses === 0 ? 0 : s.dwellS / s.timedBrowses / 60,
    ...decayed.map((count, i) => count * 0.5 ** (silence / [1, 7, 30, 90][i % 4]!)),
  ]
    .map((value) => Math.log(1 + value))
    .concat(
      RAMP_KNOTS.slice(1).map((_, k) => plainRamp(recency, k)),
      [Math.log(1 + s.reviews), s.starred > 0 ? 1 : 0, s.starred > 0 ? (s.stars / s.starred - 3) / 2 : 0],
      plainAttributes(attributes),
    );
}

/** Written into a longer array, whose other numbers stay. */
function written(length: number, write: (out: Float32Array, at: number) => void): number[] {
  const out = new Float32Array(length + 4).fill(-7);
  write(out, 3);
  expect([out[0], out[1], out[2], out[length + 3]]).toEqual([-7, -7, -7, -7]);
  return [...out.slice(3, length + 3)];
}

function expectClose(at: object, found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const off = found.flatMap((value, i) =>
    Math.abs(value - expected[i]!) <= 2e-5 * (1 + Math.abs(expected[i]!)) ? [] : [{ i, value, expected: expected[i] }],
  );
  expect({ ...at, off }).toEqual({ ...at, off: [] });
}

function folded(past: readonly PositionedEvent[], n: number): { state: SequenceState; plain: PlainFold } {
  const state = emptyState(0);
  const plain = new PlainFold(n);
  for (const one of past) {
    foldEvent(state, one.event, one.position, n);
    plain.fold(one);
  }
  return { state, plain };
}

describe(`features beside formulas over the list of events (CLV_TEST_SEED=${seed})`, () => {
  test('law: the steps of the kept events and of the clock', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 120; round++) {
      const n = 2 + Math.floor(random() * 8);
      const past = randomPast(random, Math.floor(random() * 30)).map(({ event, position }) => {
        const large = { amountMinor: event.amountMinor * 40, items: event.items * 7_000, dwellS: event.dwellS * 200 };
        return { position, event: random() < 0.2 ? { ...event, ...large } : event };
      });
      const { state, plain } = folded(past, n);
      const running = contextAtStart(state.window);
      plain.events().forEach((event, k) => {
        const context = contextAfter(state.window, k);
        expect(context).toEqual(running);
        const found = written(STEP_FEATURES, (out, at) =>
          eventStepFeatures(out, at, state.window.events[k]!, context, TYPICAL),
        );
        expectClose({ round, k }, found, plainStep(event, plainContext(plain, k)));
        advanceContext(running, state.window.events[k]!);
      });
      const count = state.window.events.length;
      const asOfS = (state.summary.lastSeenS < 0 ? 0 : state.summary.lastSeenS) + Math.floor(random() * 1e7);
      const clock = written(STEP_FEATURES, (out, at) =>
        clockStepFeatures(out, at, asOfS, contextAfter(state.window, count)),
      );
      const kind = [0, 0, 0, 0, 0, 0, 1];
      expectClose({ round }, clock, [...kind, ...plainTime(asOfS, plainContext(plain, count)), 0, 0, 0, 0, 0]);
    }
  });

  test('law: the summary inputs, with attributes that have a slot, have none, or are missing', () => {
    const random = mulberry32(seed + 1);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    for (let round = 0; round < 200; round++) {
      const { state, plain } = folded(randomPast(random, Math.floor(random() ** 2 * 40)), 4);
      const attributes: CustomerAttributes | null = pick([
        null,
        {
          ageBand: pick(['18-24', '25-34', '99', null]),
          region: pick(['north', 'west', 'moon', null]),
          channel: pick(['app', null]),
        },
      ]);
      const asOfS = Math.max(0, state.summary.lastSeenS) + Math.floor(random() ** 3 * 3_000 * SECONDS_PER_DAY);
      const found = written(SUMMARY_FEATURES, (out, at) =>
        summaryFeatures(out, at, { ...state, profile: { attributes } }, asOfS, {
          typicalOrderMinor: TYPICAL,
          attributes: VOCABULARY,
        }),
      );
      expectClose({ round }, found, plainSummary(plain, asOfS, attributes));
    }
  });

  test('at the time of the only order, and before it, no time has passed: exactly 0', () => {
    const { state } = folded([{ event: anEvent(), position: { topic: 0, partition: 0, offset: 0 } }], 4);
    for (const asOfS of [state.summary.lastSeenS, state.summary.lastSeenS - 100]) {
      const found = written(SUMMARY_FEATURES, (out, at) =>
        summaryFeatures(out, at, state, asOfS, { typicalOrderMinor: TYPICAL }),
      );
      expect(found.slice(8, 11)).toEqual([0, 0, 0]);
    }
  });

  test('sizes and slots are those of the models that exist', () => {
    expect([STEP_FEATURES, SUMMARY_FEATURES, FEATURE_FINGERPRINT]).toEqual([20, 69, 'step20-summary69-v3']);
    expect(ATTRIBUTE_SLOTS).toEqual({ ageBand: 8, region: 16, channel: 8 });
    expect(NO_VOCABULARY).toEqual({ ageBand: [], region: [], channel: [] });
  });

  test('without a vocabulary no attribute is an input', () => {
    const { state } = folded([], 4);
    const attributes = { ageBand: '18-24', region: 'north', channel: 'app' };
    const found = written(SUMMARY_FEATURES, (out, at) =>
      summaryFeatures(out, at, { ...state, profile: { attributes } }, 0, { typicalOrderMinor: TYPICAL }),
    );
    expect(found.slice(-ATTRIBUTE_FEATURES)).toEqual(new Array(ATTRIBUTE_FEATURES).fill(0));
  });
});
