import { INPUT_ROLES } from '../../../src/domain/event';
import { chainHash } from '../../../src/domain/math/hash';
import { mulberry32, type Random } from '../../../src/domain/math/random';
import type { ClvUpdate } from '../../../src/domain/update';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { EventEncoder } from '../../../src/serde/event-encoder';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { anEvent } from '../../support/events';
import { fakeUpdate } from '../../support/fake-updates';
import { type FaultName, Judge, type PartitionJudgement } from './judge';
import { FrameReader, type RawRecord } from './kcat';
import { type EventRole, hashOn } from './wire';

const SEED = 11;
const PARTITION = 2;
const RULES = {
  currency: 'EUR',
  minorPerMajor: 100,
  maxFutureMs: 86_400_000,
  topics: { orders: 'o', clicks: 'c', browses: 'b', reviews: 'r', customers: 'p' },
};
const POISON = Buffer.from('no record at all');
const WRITTEN_MS = 1_800_000_000_000;

interface Letter {
  topic: string;
  partition: number;
  offset: number;
  value: Uint8Array | null;
}

/** What one partition number holds over all topics, as values that a test may alter. */
interface Log {
  readonly inputs: Record<EventRole, RawRecord[]>;
  updates: ClvUpdate[];
  letters: Letter[];
}

const raw = (offset: number, key: Uint8Array | null, value: Uint8Array | null): RawRecord => ({
  offset,
  timestampMs: WRITTEN_MS,
  key: key && Buffer.from(key),
  value: value && Buffer.from(value),
  valueBytes: value?.length ?? 0,
});

/** A log as a faultless deployment leaves it, with poison and an upstream's repeat. */
function honestLog(random: Random): Log {
  const encoder = new EventEncoder('EUR');
  const log: Log = { inputs: { orders: [], clicks: [], browses: [], reviews: [] }, updates: [], letters: [] };
  const folded = new Map<string, { count: number; hash: number }[]>();
  const newest = new Map<string, ClvUpdate>();
  const net = new Map<string, { orders: number; minor: number }>();
  for (let i = 0; i < 120; i++) {
    const kind = random() < 0.5 ? 'order' : 'click';
    const role: EventRole = kind === 'order' ? 'orders' : 'clicks';
    const offset = log.inputs[role].length + Math.floor(i / 40); // transactions' markers leave gaps
    const customerId = `customer-${Math.floor(5 * random())}`;
    const repeats = i === 70 || i === 90;
    if (i % 25 === 24 || repeats) {
      const value = repeats ? log.inputs[role].at(-1)!.value : POISON;
      log.inputs[role].push(raw(offset, repeats ? log.inputs[role].at(-1)!.key : null, value));
      log.letters.push({ topic: RULES.topics[role], partition: PARTITION, offset, value });
      continue;
    }
    const event = anEvent({
      kind,
      customerId,
      eventId: `e${i}`,
      timeS: 1_700_000_000 + i,
      amountMinor: kind === 'order' ? 1_000 + i : 0,
    });
    log.inputs[role].push(raw(offset, Buffer.from(customerId), encoder.encodeEvent(event).value));
    const counts = (folded.get(customerId) ?? INPUT_ROLES.map(() => ({ count: 0, hash: 0 }))).map((entry, topic) =>
      INPUT_ROLES[topic] === role ? { count: entry.count + 1, hash: chainHash(entry.hash, offset) } : entry,
    );
    folded.set(customerId, counts);
    const past = net.get(customerId) ?? { orders: 0, minor: 0 };
    if (kind === 'order') net.set(customerId, { orders: past.orders + 1, minor: past.minor + event.amountMinor });
    const now = net.get(customerId) ?? past;
    const base = fakeUpdate();
    const previous = newest.get(customerId)?.value ?? 0;
    const value = 10 + 100 * random();
    const update: ClvUpdate = {
      ...base,
      customerId,
      asOfS: event.timeS,
      source: { topic: INPUT_ROLES.indexOf(role), partition: PARTITION, offset },
      folded: counts,
      sequence: counts.reduce((sum, { count }) => sum + count, 0),
      trigger: 'event',
      history: { ...base.history, orders: now.orders, historicClv: now.minor / 100 },
      prediction: { ...base.prediction, clv: [value / 4, value / 2, value] },
      value,
      change: { previous, model: 0, silence: 1, event: value - previous - 1 },
      refolded: false,
    };
    log.updates.push(update);
    newest.set(customerId, update);
  }
  return log;
}

/** Its bytes as a double stand for NaN, which the program's own encoder refuses to write. */
const NO_NUMBER = 271_828.182_845_904_5;

/** As the program would write it, but with NaN in the place of {@link NO_NUMBER}. */
function encodeUpdate(codec: UpdateCodec, update: ClvUpdate): Uint8Array {
  const bytes = Buffer.from(codec.encode(update));
  const mark = Buffer.alloc(8);
  mark.writeDoubleLE(NO_NUMBER);
  const at = bytes.indexOf(mark);
  if (at >= 0) bytes.writeDoubleLE(Number.NaN, at);
  return bytes;
}

function judge({ inputs, updates, letters }: Log): PartitionJudgement {
  const codec = new UpdateCodec();
  const letterCodec = new DeadLetterCodec();
  const judged = new Judge(PARTITION, RULES);
  for (const [i, letter] of letters.entries()) {
    const full = { reason: 'undecodable' as const, detail: '', timestampMs: 0, key: null, ...letter };
    judged.addDeadLetter(raw(i, null, letterCodec.encode(full)));
  }
  for (const [role, records] of Object.entries(inputs)) {
    for (const record of records) judged.addInput(role as EventRole, record);
  }
  for (const [i, update] of updates.entries()) {
    judged.addUpdate(raw(i, Buffer.from(update.customerId), encodeUpdate(codec, update)));
  }
  return judged.judgement();
}

/** The last update of a customer who has some, and where it is. */
const MIDDLE = 60;
const altered = (log: Log, change: (update: ClvUpdate) => Partial<ClvUpdate>, at = MIDDLE): void => {
  log.updates[at] = { ...log.updates[at]!, ...change(log.updates[at]!) };
};

const TAMPERED: readonly (readonly [string, FaultName, (log: Log) => void])[] = [
  ['an update is gone', 'lost', (log) => log.updates.splice(MIDDLE, 1)],
  ['the last updates are gone', 'waiting', (log) => log.updates.splice(-3)],
  ['the last updates are gone: not counted', 'missing', (log) => log.updates.splice(-3)],
  ['an update is there twice', 'doubled', (log) => log.updates.splice(MIDDLE + 1, 0, log.updates[MIDDLE]!)],
  ['a dead letter is gone', 'lost', (log) => log.letters.splice(0, 1)],
  ['a dead letter is there twice', 'doubled', (log) => log.letters.push(log.letters[0]!)],
  [
    'the bytes of a dead letter',
    'mismatched',
    (log) => {
      log.letters[0] = { ...log.letters[0]!, value: Buffer.from('something else') };
    },
  ],
  ['a dead letter of no record', 'unexpected', (log) => log.letters.push({ ...log.letters[0]!, offset: 9_999 })],
  [
    'a dead letter beside an update',
    'doubled',
    (log) => log.letters.push({ ...log.letters[0]!, topic: 'o', offset: 0 }),
  ],
  [
    'a sound record has a dead letter',
    'misjudged',
    (log) => {
      const { source } = log.updates.splice(MIDDLE, 1)[0]!;
      log.letters.push({
        topic: source.topic === 0 ? 'o' : 'c',
        partition: PARTITION,
        offset: source.offset,
        value: null,
      });
    },
  ],
  [
    'two updates change places',
    'reordered',
    (log) => {
      const next = log.updates.findIndex(
        ({ customerId }, i) => i > MIDDLE && customerId === log.updates[MIDDLE]!.customerId,
      );
      [log.updates[MIDDLE], log.updates[next]] = [log.updates[next]!, log.updates[MIDDLE]!];
    },
  ],
  ['another customer', 'mismatched', (log) => altered(log, () => ({ customerId: 'customer-x' }))],
  ['another partition', 'mismatched', (log) => altered(log, ({ source }) => ({ source: { ...source, partition: 0 } }))],
  ['another offset', 'doubled', (log) => altered(log, ({ source }) => ({ source: { ...source, offset: 0 } }))],
  [
    'an offset of no record',
    'unexpected',
    (log) => altered(log, ({ source }) => ({ source: { ...source, offset: 999 } })),
  ],
  ['a time that falls', 'reordered', (log) => altered(log, ({ asOfS }) => ({ asOfS: asOfS - 40_000_000 }))],
  [
    'a hash',
    'mismatched',
    (log) => altered(log, ({ folded }) => ({ folded: folded.map((e) => ({ ...e, hash: e.hash ^ 1 })) })),
  ],
  ['a sequence', 'mismatched', (log) => altered(log, ({ sequence }) => ({ sequence: sequence + 1 }))],
  ['a split', 'mismatched', (log) => altered(log, ({ change }) => ({ change: { ...change, silence: 2 } }))],
  ['a value that is no number', 'mismatched', (log) => altered(log, () => ({ value: NO_NUMBER }))],
  [
    'the money of the past',
    'mismatched',
    (log) => altered(log, ({ history }) => ({ history: { ...history, historicClv: history.historicClv + 0.01 } })),
  ],
  [
    'the orders of the past',
    'mismatched',
    (log) => altered(log, ({ history }) => ({ history: { ...history, orders: history.orders + 1 } })),
  ],
];

describe('the second verdict', () => {
  test(`an honest log is sound, seed ${SEED}`, () => {
    const judged = judge(honestLog(mulberry32(SEED)));
    expect(judged.findings).toEqual([]);
    expect(judged.updates).toBeGreaterThan(100);
    expect(Object.values(judged.letters).reduce((a, b) => a + b, 0)).toBeGreaterThan(4);
  });

  test.each(TAMPERED)(`%s: %s, seed ${SEED}`, (_, fault, tamper) => {
    const log = honestLog(mulberry32(SEED));
    tamper(log);
    expect(judge(log)[fault]).toBeGreaterThan(0);
  });

  test('a letter for a range covers each of its records once', () => {
    const judged = new Judge(PARTITION, RULES);
    const letter = { reason: 'undecodable' as const, detail: '', timestampMs: 0, key: null, value: null };
    const range = { ...letter, topic: 'o', partition: PARTITION, offset: 1, lastOffset: 4 };
    judged.addDeadLetter(raw(0, null, new DeadLetterCodec().encode(range)));
    judged.addDeadLetter(raw(1, null, new DeadLetterCodec().encode({ ...range, offset: 4 })));
    for (const offset of [0, 1, 3, 4, 6]) judged.addInput('orders', raw(offset, null, POISON));
    expect(judged.judgement()).toMatchObject({ lost: 1, waiting: 1, doubled: 1, letters: { undecodable: 4 } });
  });

  test(`its hash is that of the docs, and the program's, seed ${SEED}`, () => {
    const random = mulberry32(SEED);
    let [own, program] = [0, 0];
    for (let i = 0; i < 2_000; i++) {
      const offset = Math.floor(random() * 2 ** Math.floor(53 * random()));
      own = hashOn(own, offset);
      program = chainHash(program, offset);
      expect(own).toBe(program);
    }
  });

  test(`records come out of kcat's output whatever its pieces, seed ${SEED}`, () => {
    const random = mulberry32(SEED);
    const output = Buffer.from('5 17 -1 -1\n\n6 18 1 3\nka\nb\n7 19 0 0\n\n8 20 2 -1\nxy\n');
    for (let i = 0; i < 200; i++) {
      const records: string[] = [];
      const frames = new FrameReader(({ offset, key, value }) => records.push(`${offset}:${key}:${value}`));
      for (let at = 0; at < output.length; ) {
        const end = at + 1 + Math.floor(6 * random());
        frames.add(output.subarray(at, end));
        at = end;
      }
      expect(records).toEqual(['5:null:null', '6:k:a\nb', '7::', '8:xy:null']);
      expect(frames.isWhole).toBe(true);
    }
  });
});
