import type { DeadLetter } from '../../src/domain/dead-letter';
import { CUSTOMERS_TOPIC, EVENT_TOPICS, INPUT_ROLES, TICK_TOPIC } from '../../src/domain/event';
import type { ClvUpdate } from '../../src/domain/update';
import type { LogRecord } from '../../src/ports/log';
import { CLV_UPDATE } from '../../src/serde/contracts';
import { toUpdateRecord } from '../../src/serde/update-record';
import { encodeFramed } from './encode-framed';
import { eventCodec, letterAt, letterCodec, type ScoredLog, updateAt, updateCodec } from './scored-log';
import type { Seeded } from './seeded';

/** One alteration of a log of outcomes. Returns null if it does not apply to this log. */
export type Alteration = (log: ScoredLog, random: Seeded) => ScoredLog | null;

type Change<T> = (value: T) => T;

function withUpdates(log: ScoredLog, change: (updates: LogRecord[]) => void): ScoredLog {
  const updates = [...log.updates];
  change(updates);
  return { ...log, updates: updates.map((record, offset) => ({ ...record, offset })) };
}

function withLetters(log: ScoredLog, change: (letters: LogRecord[]) => void): ScoredLog {
  const letters = [...log.letters];
  change(letters);
  return { ...log, letters: letters.map((record, offset) => ({ ...record, offset })) };
}

function positionsOf(log: ScoredLog, wanted: (update: ClvUpdate) => boolean): number[] {
  return log.updates.flatMap((_, at) => (wanted(updateAt(log, at)) ? [at] : []));
}

const ofEvent = ({ trigger, source }: ClvUpdate) => trigger === 'event' && source.topic < TICK_TOPIC;

const isTiered = ({ tierCuts, refolded }: ClvUpdate) => tierCuts !== '' && !refolded;

/** Changes one random update among those that `wanted` accepts. */
function update(change: Change<ClvUpdate>, wanted: (update: ClvUpdate) => boolean = () => true): Alteration {
  return (log, random) => {
    const among = positionsOf(log, wanted);
    if (among.length === 0) return null;
    const at = random.pick(among);
    const changed = updateCodec.encode(change(updateAt(log, at)));
    return withUpdates(log, (updates) => updates.splice(at, 1, { ...updates[at]!, value: changed }));
  };
}

/** Changes one field of the record itself. */
function field(name: string, change: (value: never) => unknown, wanted?: (update: ClvUpdate) => boolean): Alteration {
  return (log, random) => {
    const among = positionsOf(log, wanted ?? (() => true));
    if (among.length === 0) return null;
    const at = random.pick(among);
    const record = toUpdateRecord(updateAt(log, at)) as unknown as Record<string, unknown>;
    const value = encodeFramed(CLV_UPDATE, { ...record, [name]: change(record[name] as never) });
    return withUpdates(log, (updates) => updates.splice(at, 1, { ...updates[at]!, value }));
  };
}

function letter(change: Change<DeadLetter>, wanted: (letter: DeadLetter) => boolean = () => true): Alteration {
  return (log, random) => {
    const among = log.letters.flatMap((_, at) => (wanted(letterAt(log, at)) ? [at] : []));
    if (among.length === 0) return null;
    const at = random.pick(among);
    const value = letterCodec.encode(change(letterAt(log, at)));
    return withLetters(log, (letters) => letters.splice(at, 1, { ...letters[at]!, value }));
  };
}

const isEventsLetter = ({ topic }: DeadLetter) => EVENT_TOPICS.some((index) => INPUT_ROLES[index] === topic);

/** Appends a letter a second time. */
const doubledLetter =
  (wanted: (letter: DeadLetter) => boolean): Alteration =>
  (log, random) => {
    const among = log.letters.flatMap((letter, at) => (wanted(letterAt(log, at)) ? [letter] : []));
    return among.length === 0 ? null : withLetters(log, (letters) => letters.push(random.pick(among)));
  };

const dropped =
  (place: (count: number, random: Seeded) => number): Alteration =>
  (log, random) => {
    const among = positionsOf(log, ofEvent);
    const at = among[place(among.length, random)]!;
    return withUpdates(log, (updates) => updates.splice(at, 1));
  };

/** Another customer of the same partition. */
function other(log: ScoredLog, customerId: string): string {
  return log.updates.map((_, at) => updateAt(log, at).customerId).find((id) => id !== customerId)!;
}

function tickOfAnotherTime(log: ScoredLog, asOfS: number): number {
  const other = log.inputs[TICK_TOPIC]!.find(({ value, timestampMs }) => {
    const tick = eventCodec.decodeTick(value, timestampMs);
    return tick.ok && tick.value.asOfS !== asOfS;
  });
  return other?.offset ?? 1_000_000;
}

/** Swaps two neighbouring updates of one customer, of the same topic or of two topics. */
const swapped =
  (sameTopic: boolean): Alteration =>
  (log) => {
    const among = positionsOf(log, ofEvent);
    for (const [i, first] of among.entries()) {
      const { customerId, source } = updateAt(log, first);
      const second = among.slice(i + 1).find((at) => updateAt(log, at).customerId === customerId);
      if (second === undefined || (updateAt(log, second).source.topic === source.topic) !== sameTopic) continue;
      return withUpdates(log, (updates) => {
        [updates[first], updates[second]] = [updates[second]!, updates[first]!];
      });
    }
    return null;
  };

/** A clock update that no tick caused, inserted after a customer's last update or between two. */
const forgedClock =
  (asOfTick: boolean): Alteration =>
  (log, random) => {
    const among = positionsOf(log, ofEvent);
    const at = random.pick(among);
    const before = updateAt(log, at);
    const tick = random.pick(log.inputs[TICK_TOPIC]!);
    const asOfS = asOfTick ? before.asOfS + 86_400 : before.asOfS;
    const forged: ClvUpdate = {
      ...before,
      asOfS,
      trigger: 'clock',
      source: { ...before.source, topic: TICK_TOPIC, offset: tick.offset },
      change: { previous: before.value, model: 0, silence: 0, event: 0 },
    };
    const record = { ...log.updates[at]!, value: updateCodec.encode(forged) };
    return withUpdates(log, (updates) => updates.splice(at + 1, 0, record));
  };

const NULLABLE = ['averageOrderValue', 'averageDaysBetweenOrders', 'daysSinceLastOrder'];
const NUMBERS = [
  'historicClv',
  'predictedOrders30d',
  'predictedOrders90d',
  'predictedOrders365d',
  'predictedRevenue30d',
  'predictedRevenue90d',
  'predictedRevenue365d',
  'predictedClv30d',
  'predictedClv90d',
  'predictedClv365d',
  'orderProbability7d',
  'orderProbability30d',
  'orderProbability90d',
  'orderProbability365d',
  'churnProbability',
  'clv365dP90',
  'value',
  'previousValue',
  'modelEffect',
  'silenceEffect',
  'eventEffect',
];
const DAYS = ['nextOrderDaysP25', 'nextOrderDaysP50', 'nextOrderDaysP75'];
const DATES = ['expectedNextOrderEarliest', 'expectedNextOrder', 'expectedNextOrderLatest'];

function ofTopic(topic: number) {
  return (change: ClvUpdate) => change.source.topic === topic;
}

const counted = (own: boolean, by: Partial<{ count: number; hash: number }>): Alteration =>
  update((before) => {
    const topic = own ? before.source.topic : before.source.topic === 0 ? 1 : 0;
    const folded = before.folded.map((each, i) =>
      i === topic ? { count: each.count + (by.count ?? 0), hash: each.hash ^ (by.hash ?? 0) } : each,
    );
    return { ...before, folded, sequence: before.sequence + (by.count ?? 0) };
  }, ofEvent);

/** Scales a value and all fields that depend on it, so that every sum still holds. */
const valueInStep = update((before) => {
  const factor = 1.001;
  const value = before.value * factor;
  const [a, b] = before.prediction.clv;
  const change = { ...before.change, event: before.change.event + (value - before.value) };
  return { ...before, value, change, prediction: { ...before.prediction, clv: [a, b, value] } };
}, ofEvent);

const effectsTraded = update((before) => {
  const { change, value } = before;
  return { ...before, change: { ...change, silence: change.silence + value / 10, event: change.event - value / 10 } };
}, ofEvent);

/** Every alteration that the audit must find, by name. */
export const ALTERATIONS: Readonly<Record<string, Alteration>> = {
  'first update dropped': dropped(() => 0),
  'middle update dropped': dropped((count) => Math.floor(count / 2)),
  'last update dropped': dropped((count) => count - 1),
  'any update dropped': dropped((count, random) => random.below(count)),
  'update doubled': (log, random) => {
    const at = random.pick(positionsOf(log, ofEvent));
    return withUpdates(log, (updates) => updates.splice(at, 0, updates[at]!));
  },
  'two updates of one topic swapped': swapped(true),
  "one customer's updates of two topics swapped": swapped(false),
  'source offset': update((u) => ({ ...u, source: { ...u.source, offset: u.source.offset + 1 } }), ofEvent),
  'source topic': update((u) => ({ ...u, source: { ...u.source, topic: u.source.topic === 0 ? 1 : 0 } }), ofEvent),
  'source partition': update((u) => ({ ...u, source: { ...u.source, partition: 0 } })),
  'own count': counted(true, { count: 1 }),
  'own hash': counted(true, { hash: 1 }),
  "another topic's count": counted(false, { count: 1 }),
  "another topic's count, lower": update(
    (u) => {
      const folded = u.folded.map((each, i) => (i === (u.source.topic === 0 ? 1 : 0) ? { count: 0, hash: 0 } : each));
      return { ...u, folded, sequence: folded.reduce((sum, { count }) => sum + count, 0) };
    },
    (u) => ofEvent(u) && u.folded[u.source.topic === 0 ? 1 : 0]!.count > 0,
  ),
  "another topic's hash": counted(false, { hash: 5 }),
  'update into a clock update': update((u) => ({ ...u, trigger: 'clock' }), ofEvent),
  'clock update into an event': update(
    (u) => ({ ...u, trigger: 'event' }),
    (u) => u.trigger === 'clock',
  ),
  'customer id in the value': (log, random) =>
    update((u) => ({ ...u, customerId: other(log, u.customerId) }))(log, random),
  'customer id in value and key': (log, random) => {
    const at = random.below(log.updates.length);
    const before = updateAt(log, at);
    const customerId = other(log, before.customerId);
    const value = updateCodec.encode({ ...before, customerId });
    return withUpdates(log, (updates) =>
      updates.splice(at, 1, { ...updates[at]!, key: Buffer.from(customerId), value }),
    );
  },
  'record key': (log, random) => {
    const at = random.below(log.updates.length);
    return withUpdates(log, (updates) => updates.splice(at, 1, { ...updates[at]!, key: Buffer.from('nobody') }));
  },
  'asOf set back a year': update((u) => ({ ...u, asOfS: u.asOfS - 365 * 86_400 })),
  'asOf a second later': update((u) => ({ ...u, asOfS: u.asOfS + 1 })),
  sequence: field('sequence', (value: number) => value + 1),
  currency: field('currency', () => 'USD'),
  'model version of another model': (log, random) =>
    update((u) => ({ ...u, modelVersion: [...log.models.keys()].find((each) => each !== u.modelVersion)! }))(
      log,
      random,
    ),
  'model version of no model': field('modelVersion', () => 'm-0'),
  'value with all that hangs on it': valueInStep,
  'silence and event effect traded': effectsTraded,
  orders: field('orders', (value: number) => value + 1),
  confidence: field('confidence', (value: string) => (value === 'ok' ? 'cold' : 'ok')),
  'value tier': field('valueTier', (value: string) => (value === 'gold' ? 'silver' : 'gold')),
  'previous tier': field('previousTier', (value: string) => (value === 'gold' ? 'silver' : 'gold'), isTiered),
  'no previous tier': field(
    'previousTier',
    () => null,
    (u) => isTiered(u) && u.previousTier !== null,
  ),
  'tier cuts that nobody released': field('tierCuts', () => 't-000000000000', isTiered),
  'no tier cuts': field(
    'tierCuts',
    () => '',
    (u) => isTiered(u) && u.previousTier !== null,
  ),
  'lifecycle stage': field('lifecycleStage', (value: string) => (value === 'lapsed' ? 'active' : 'lapsed')),
  'refolded of a first update': update(
    (u) => ({ ...u, refolded: true }),
    (u) => ofEvent(u) && u.sequence === 1,
  ),
  'forged clock update of another time': forgedClock(true),
  'forged clock update': forgedClock(false),
  'clock update of a tick of another time': (log, random) =>
    update(
      (u) => ({ ...u, source: { ...u.source, offset: tickOfAnotherTime(log, u.asOfS) } }),
      (u) => u.trigger === 'clock',
    )(log, random),
  'clock update of no tick': update(
    (u) => ({ ...u, source: { ...u.source, offset: 1_000_000 } }),
    (u) => u.trigger === 'clock',
  ),
  'update into a dead letter': (log, random) => {
    const at = random.pick(positionsOf(log, ofEvent));
    const { source } = updateAt(log, at);
    const input = log.inputs[source.topic]!.find(({ offset }) => offset === source.offset)!;
    const forged = {
      reason: 'undecodable',
      detail: 'No.',
      topic: ['orders', 'clicks', 'browses'][source.topic]!,
    } as const;
    const value = letterCodec.encode({ ...forged, ...input, partition: 1, value: input.value });
    const without = withUpdates(log, (updates) => updates.splice(at, 1));
    return withLetters(without, (letters) => letters.push({ ...input, offset: 0, value }));
  },
  'dead letter dropped': (log, random) =>
    withLetters(log, (letters) => letters.splice(random.below(letters.length), 1)),
  'dead letter doubled': doubledLetter(() => true),
  "dead letter doubled, an event's": doubledLetter(isEventsLetter),
  "dead letter doubled, a tick's": doubledLetter(({ topic }) => topic === INPUT_ROLES[TICK_TOPIC]),
  "dead letter doubled, a customer's": doubledLetter(({ topic }) => topic === INPUT_ROLES[CUSTOMERS_TOPIC]),
  "dead letter's bytes": letter((l) => ({ ...l, value: Buffer.from('other bytes') })),
  "dead letter's bytes gone": letter(
    (l) => ({ ...l, value: null }),
    (l) => l.value !== null,
  ),
  "dead letter's key": letter((l) => ({ ...l, key: Buffer.from('nobody') })),
  "dead letter's reason": letter((l) => ({
    ...l,
    reason: l.reason === 'undecodable' ? 'invalid-value' : 'undecodable',
  })),
  "dead letter's reason, a repeat's": letter(
    (l) => ({ ...l, reason: 'duplicate' }),
    (l) => l.reason !== 'duplicate',
  ),
  "a repeat's reason": letter(
    (l) => ({ ...l, reason: 'wrong-currency' }),
    (l) => l.reason === 'duplicate',
  ),
  "dead letter's detail": letter((l) => ({ ...l, detail: `${l.detail.slice(1)}` })),
  "dead letter's timestamp": letter((l) => ({ ...l, timestampMs: l.timestampMs + 1 })),
  "dead letter's partition": letter((l) => ({ ...l, partition: 0 })),
  "dead letter's offset": letter((l) => ({ ...l, offset: l.offset + 1 })),
  "dead letter's topic": letter((l) => ({ ...l, topic: l.topic === 'orders' ? 'clicks' : 'orders' })),
  "dead letter's topic, of none": letter((l) => ({ ...l, topic: 'elsewhere' })),
  'garbage among the updates': (log) =>
    withUpdates(log, (updates) =>
      updates.push({ offset: 0, timestampMs: 1, key: null, value: Buffer.from('garbage') }),
    ),
  'garbage among the dead letters': (log) =>
    withLetters(log, (letters) =>
      letters.push({ offset: 0, timestampMs: 1, key: null, value: Buffer.from('garbage') }),
    ),
  ...Object.fromEntries(NUMBERS.map((name) => [name, field(name, (value: number) => value * 1.01 + 0.001)] as const)),
  clv365dP10: field('clv365dP10', (value: number) => value + 0.01),
  clv365dP50: field('clv365dP50', (value: number) => value + 0.01),
  ...Object.fromEntries(
    NULLABLE.flatMap((name) => [
      [name, field(name, (value: number | null) => (value ?? 0) + 1)] as const,
      [`${name} gone or there`, field(name, (value: number | null) => (value === null ? 3 : null))] as const,
    ]),
  ),
  ...Object.fromEntries(
    DAYS.flatMap((name) => [
      [name, field(name, (value: number | null) => (value ?? 30) + 0.5)] as const,
      [`${name} gone or there`, field(name, (value: number | null) => (value === null ? 3000 : null))] as const,
    ]),
  ),
  ...Object.fromEntries(
    DATES.map((name) => [name, field(name, (value: number | null) => (value ?? 1_700_000_000_000) + 1000)] as const),
  ),
  ...Object.fromEntries(
    [0, 1, 2, 4].map(
      (topic) =>
        [
          `historic value of topic ${topic}`,
          update((u) => ({ ...u, history: { ...u.history, historicClv: u.history.historicClv + 1 } }), ofTopic(topic)),
        ] as const,
    ),
  ),
};
