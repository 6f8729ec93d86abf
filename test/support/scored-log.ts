import { coversUnpublished } from '../../src/delivery/offset-vector';
import type { DeadLetter, Decoded } from '../../src/domain/dead-letter';
import { CUSTOMERS_TOPIC, INPUT_ROLES, TICK_TOPIC } from '../../src/domain/event';
import type { Network } from '../../src/domain/network/network';
import type { Model } from '../../src/domain/scoring/model';
import { Scorer } from '../../src/domain/scoring/scorer';
import { modelCuts, type TierCuts } from '../../src/domain/scoring/tier-cuts';
import { aheadDetail, isAheadOfClock } from '../../src/domain/time-rule';
import type { ClvUpdate } from '../../src/domain/update';
import type { LogReader, LogRecord } from '../../src/ports/log';
import type { OutboxRecord } from '../../src/ports/state-store';
import { DeadLetterCodec } from '../../src/serde/dead-letter-codec';
import { EventCodec } from '../../src/serde/event-codec';
import { EventEncoder } from '../../src/serde/event-encoder';
import { partitionOf } from '../../src/serde/event-rules';
import { CHECKED_FORMAT, TIERED_FORMAT } from '../../src/serde/format-level';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { versionOfCuts } from '../../src/serde/tier-release-codec';
import { UpdateCodec } from '../../src/serde/update-codec';
import { type AuditOptions, auditTopics } from '../../src/services/audit/audit';
import { type Emission, latestOnly } from '../../src/services/scorer/emission';
import { customersOf, foldBatch } from '../../src/services/scorer/fold-batch';
import { type InputItem, InputQueue, type InputValue } from '../../src/services/scorer/input-queue';
import { QueueBudget } from '../../src/services/scorer/queue-budget';
import { byTopic, randomPast } from './events';
import { randomModel } from './models';
import { PlainNetwork } from './plain-step/plain-network';
import type { Seeded } from './seeded';

/** The partition that is written and audited. */
export const PARTITION = 1;
export const PARTITIONS = 3;
const RULES = { currency: 'EUR', partitions: PARTITIONS, hash: 'murmur2', maxFutureMs: 86_400_000 } as const;
const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const NOW_MS = 1_900_000_000_000;
const DAY_S = 86_400;

/** Releases of tier cuts, which the scorer takes over now and then. */
export const RELEASES: readonly TierCuts[] = [
  [40, 120, 350],
  [60, 160, 500],
  [10, 15, 20],
].map((cuts) => {
  const release = { cuts: cuts as unknown as TierCuts['cuts'], margin: 0.05 };
  return { version: versionOfCuts(release), ...release };
});

export interface ScoredLogOptions {
  readonly emission?: Emission;
  readonly customers?: number;
  readonly eventsEach?: number;
  /** The state goes back to an earlier commit now and then, and topics then interleave differently. */
  readonly rollBacks?: boolean;
  readonly profiles?: boolean;
  /** Some records have timestamps in the future, and the scorer refused them. */
  readonly fromFuture?: boolean;
  /** An earlier version of the program, which stepped the network in TypeScript, scored every second micro-batch. */
  readonly earlierSteps?: boolean;
  /** Window size N of each model. */
  readonly windows?: readonly number[];
}

/** The content of one partition's topics. */
export interface ScoredLog {
  readonly inputs: LogRecord[][];
  readonly updates: LogRecord[];
  readonly letters: LogRecord[];
  readonly models: ReadonlyMap<string, Model>;
  readonly emission: Emission;
}

export const updateCodec = new UpdateCodec();
export const letterCodec = new DeadLetterCodec();
export const eventCodec = new EventCodec(RULES);

export function updateAt(log: ScoredLog, at: number): ClvUpdate {
  const decoded = updateCodec.decode(log.updates[at]!.value);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value;
}

export function letterAt(log: ScoredLog, at: number): DeadLetter {
  const decoded = letterCodec.decode(log.letters[at]!.value);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value;
}

/** A random stream of one partition, scored by the scorer's own fold into updates and dead letters, with the real codecs. */
export function scoredLog(random: Seeded, options: ScoredLogOptions = {}): ScoredLog {
  const inputs = randomInputs(random, options);
  const { windows = [4, 6, 4] } = options;
  const models = windows.map((window, i) => randomModel(10_000 * (i + 1) + random.below(1000), { window }));
  const { updates, letters } = scored(inputs, models, random, options);
  return {
    inputs,
    updates,
    letters,
    models: new Map(models.map((model) => [model.version, model])),
    emission: options.emission ?? 'every',
  };
}

function randomInputs(random: Seeded, options: ScoredLogOptions) {
  const { customers = 8, eventsEach = 40, profiles = false, fromFuture = false } = options;
  const encoder = new EventEncoder(RULES.currency);
  const inputs: LogRecord[][] = INPUT_ROLES.map(() => []);
  const ids: string[] = [];
  for (let i = 0; ids.length < customers; i++) {
    if (partitionOf(`c${i}`, PARTITIONS, 'murmur2') === PARTITION) ids.push(`c${i}`);
  }
  const pasts = ids.map((id) => ({ id, past: randomPast(random.next, eventsEach) }));
  const append = (topic: number, key: string | null, value: Uint8Array | null) => {
    const log = inputs[topic]!;
    // Control records leave gaps.
    const offset = (log.at(-1)?.offset ?? -1) + 1 + (random.next() < 0.05 ? 1 : 0);
    const aheadMs = fromFuture && offset % 11 === 5 ? 900 * DAY_S * 1000 : 0;
    log.push({ offset, timestampMs: NOW_MS + aheadMs + offset, key: key === null ? null : Buffer.from(key), value });
  };
  let newestS = 1_600_000_000;
  for (;;) {
    const waiting = pasts.filter(({ past }) => past.length > 0);
    if (waiting.length === 0) break;
    // Approximately in order of time.
    const drawn = [random.pick(waiting), random.pick(waiting), random.pick(waiting)];
    const { id, past } = drawn.reduce((a, b) => (a.past[0]!.event.timeS <= b.past[0]!.event.timeS ? a : b));
    const { event, position } = past.shift()!;
    newestS = Math.max(newestS, event.timeS);
    append(position.topic, id, encoder.encodeEvent({ ...event, customerId: id }).value);
    if (random.next() < 0.03) append(random.below(3), id, random.pick([Buffer.from('{"a'), Buffer.from('x'), null]));
    if (random.next() < 0.02) append(0, 'c1', orderInDollars(id, newestS));
    if (random.next() < 0.06)
      append(TICK_TOPIC, null, encoder.encodeTick({ asOfS: newestS + DAY_S, shard: 0, shards: 1 }));
    if (random.next() < 0.01) append(TICK_TOPIC, null, Buffer.from('no tick'));
    if (profiles && random.next() < 0.1) {
      const attributes = { ageBand: random.pick(['a', 'b', null]), region: random.pick(['r', 's']), channel: null };
      const profile = { ...event, kind: 'profile', customerId: id, timeS: newestS, attributes } as const;
      append(CUSTOMERS_TOPIC, id, encoder.encodeEvent(profile).value);
      if (random.next() < 0.3) append(CUSTOMERS_TOPIC, id, Buffer.from('no profile'));
    }
  }
  // At least one dead letter for each kind of topic.
  append(TICK_TOPIC, null, Buffer.from('no tick'));
  append(0, ids[0]!, Buffer.from('no order'));
  if (profiles) append(CUSTOMERS_TOPIC, ids[0]!, Buffer.from('no profile'));
  return inputs;
}

function orderInDollars(customerId: string, timeS: number): Uint8Array {
  const eventTime = new Date(timeS * 1000).toISOString();
  const order = { orderId: 'o', customerId, status: 'placed', eventTime, amountMinor: 1, currency: 'USD', items: 1 };
  return Buffer.from(JSON.stringify(order));
}

interface Commit {
  readonly states: Map<string, Uint8Array>;
  readonly folded: readonly number[];
  readonly records: readonly OutboxRecord[];
}

function scored(inputs: readonly LogRecord[][], models: readonly Model[], random: Seeded, options: ScoredLogOptions) {
  const { emission = 'every', rollBacks = false } = options;
  const updates: LogRecord[] = [];
  const letters: LogRecord[] = [];
  const commits: Commit[] = [{ states: new Map(), folded: byTopic(), records: [] }];
  let emitted = byTopic();
  let outbox: OutboxRecord[] = [];
  let model = models[0]!;
  let released: TierCuts | null = null;
  // In these micro-batches the partition is at format level 2, which keeps no tiers: before an upgrade, or for a while after one.
  const [untieredFrom, tieredFrom] = random.pick([[0, 0], [0, 3], rollBacks ? [4, 8] : [0, 0]] as const);
  let batches = 0;
  let left = rollBacks ? 4 : 0;
  const queue = new InputQueue(INPUT_ROLES.length, 0, new QueueBudget(Number.POSITIVE_INFINITY));
  const offered = inputs.map(() => 0);
  const restart = (from: Commit) => {
    queue.reset(from.folded, emitted, 0);
    from.folded.forEach((offset, topic) => {
      const at = inputs[topic]!.findIndex((record) => record.offset >= offset);
      offered[topic] = at < 0 ? inputs[topic]!.length : at;
    });
  };
  const publish = (reached: readonly number[]) => {
    const fresh = outbox.filter(({ covers }) => coversUnpublished(covers, emitted));
    const records = emission === 'latest' ? latestOnly(fresh, updateCodec) : fresh;
    for (const { kind, key, value, timestampMs } of records) {
      const log = kind === 'update' ? updates : letters;
      log.push({ offset: log.length, timestampMs, key, value });
    }
    emitted = emitted.map((offset, topic) => Math.max(offset, reached[topic]!));
    outbox = [];
  };
  restart(commits[0]!);
  for (;;) {
    offer(inputs, offered, queue, random);
    const batch = queue.take(1 + random.below(12), 1e9, 1e9);
    const done = batch.length === 0 && offered.every((at, topic) => at === inputs[topic]!.length);
    if (done) {
      publish(commits.at(-1)!.folded);
      return { updates, letters };
    }
    if (batch.length === 0) continue;
    if (random.next() < 0.03) model = random.pick(models);
    if (random.next() < 0.1) released = random.pick(RELEASES);
    const isTiered = batches < untieredFrom || batches >= tieredFrom;
    batches += 1;
    const tierCuts = isTiered ? (released ?? modelCuts(model)) : null;
    const before = commits.at(-1)!;
    if (!isTiered) lowerAll(before);
    const earlierStep = options.earlierSteps === true && batches % 2 === 0;
    const result = fold(batch, before, { model, tierCuts, emission, emitted, earlierStep });
    const [failure] = result.report.failures;
    if (failure !== undefined) throw new Error(`a customer could not be folded: ${JSON.stringify(failure)}`);
    const states = new Map(before.states);
    for (const { customerId, state } of result.states) states.set(customerId, state);
    commits.push({ states, folded: result.folded, records: result.records });
    outbox.push(...result.records);
    if (emission !== 'latest' || random.next() < 0.3) publish(result.folded);
    if (left > 0 && random.next() < 0.04) {
      left -= 1;
      commits.splice(Math.max(1, commits.length - random.below(10)));
      // The outbox goes back with the state. Records that the emitted offsets cover are not published again.
      outbox = commits.flatMap(({ records }) => records);
      restart(commits.at(-1)!);
    }
  }
}

/** As `state upgrade --to 2` does. */
function lowerAll({ states }: Commit): void {
  for (const [id, state] of states) states.set(id, encodeState(decodeState(state), CHECKED_FORMAT));
}

interface FoldedWith {
  readonly model: Model;
  /** null at format level 2. */
  readonly tierCuts: TierCuts | null;
  readonly emission: Emission;
  readonly emitted: number[];
  readonly earlierStep: boolean;
}

function fold(batch: readonly InputItem[], before: Commit, folded: FoldedWith) {
  const { model, tierCuts, emission, emitted, earlierStep } = folded;
  const scorer = new Scorer(model, MONEY.minorPerMajor);
  if (earlierStep) {
    const network: Pick<Network, keyof Network> = new PlainNetwork(model.weights);
    Object.assign(scorer, { network });
  }
  const ticks = batch.some(({ decoded }) => decoded.ok && decoded.value.type === 'tick');
  const ids = new Set([...customersOf(batch), ...(ticks ? before.states.keys() : [])]);
  const blobs = new Map([...ids].map((id) => [id, before.states.get(id) ?? null]));
  return foldBatch(
    batch,
    { blobs, vanished: new Set() },
    {
      partition: PARTITION,
      scorer,
      tierCuts,
      format: tierCuts === null ? CHECKED_FORMAT : TIERED_FORMAT,
      updates: updateCodec,
      deadLetters: letterCodec,
      settings: { money: MONEY, topics: INPUT_ROLES, quietAfterS: DAY_S, quietChange: 0, emission, maxBatchBytes: 1e9 },
      folded: before.folded,
      emitted,
    },
  );
}

/** Topics run ahead of each other at random, as in fetches. */
function offer(inputs: readonly LogRecord[][], offered: number[], queue: InputQueue, random: Seeded): void {
  inputs.forEach((log, topic) => {
    const from = offered[topic]!;
    const to = Math.min(log.length, from + random.below(30));
    offered[topic] = to;
    const items = log.slice(from, to).map((record) => itemOf(topic, record));
    const next = to === log.length ? (log.at(-1)?.offset ?? -1) + 1 : log[to]!.offset;
    queue.offer(topic, items, next, next);
  });
}

function itemOf(topic: number, record: LogRecord): InputItem {
  const { offset, timestampMs, key, value } = record;
  const position = { topic, offset, timestampMs, key, value };
  const decoded = decodedOf(topic, record);
  const isRefused = decoded.ok && isAheadOfClock(timestampMs, NOW_MS, RULES.maxFutureMs);
  const refusal = { ok: false, reason: 'timestamp-ahead', detail: aheadDetail(timestampMs) } as const;
  return { ...position, decoded: isRefused ? refusal : decoded };
}

function decodedOf(topic: number, { value, timestampMs, key }: LogRecord): Decoded<InputValue> {
  if (topic === TICK_TOPIC) {
    const tick = eventCodec.decodeTick(value, timestampMs);
    return tick.ok ? { ok: true, value: { type: 'tick', tick: tick.value } } : tick;
  }
  const event = eventCodec.decodeEvent(topic, PARTITION, value, timestampMs, key);
  return event.ok ? { ok: true, value: { type: 'event', event: event.value } } : event;
}

/** The audit of such a log. It scores every customer again unless `options` override that. */
export async function auditOf(log: ScoredLog, options: Partial<AuditOptions> = {}) {
  const scorers = new Map([...log.models].map(([version, model]) => [version, new Scorer(model, MONEY.minorPerMajor)]));
  const topics = { inputs: INPUT_ROLES, updates: 'updates', deadLetters: 'letters' };
  const logs = new Map<string, readonly LogRecord[]>([
    ...INPUT_ROLES.map((role, topic) => [role, log.inputs[topic]!] as const),
    ['updates', log.updates],
    ['letters', log.letters],
  ]);
  const ports = { reader: readerOf(logs), events: eventCodec, updates: updateCodec, deadLetters: letterCodec };
  // The other partitions are empty, and their verdicts are ignored.
  const verdicts = await auditTopics(ports, topics, PARTITIONS, {
    emission: log.emission === 'every' ? 'every' : 'coalesced',
    emitted: null,
    updatesKeptSinceMs: Number.NEGATIVE_INFINITY,
    scorerOf: (version) => scorers.get(version),
    releasedCuts: async () => new Map(RELEASES.map((release) => [release.version, release])),
    rescores: () => true,
    ...options,
  });
  return verdicts[PARTITION]!;
}

function readerOf(logs: ReadonlyMap<string, readonly LogRecord[]>): LogReader {
  const of = (topic: string, partition: number) => (partition === PARTITION ? logs.get(topic)! : []);
  return {
    bounds: async (topic, partition) => ({ start: 0, end: (of(topic, partition).at(-1)?.offset ?? -1) + 1 }),
    readToEnd: async (positions, onBatch) => {
      for (const { topic, partition, offset } of positions) {
        const records = of(topic, partition).filter((record) => record.offset >= offset);
        const end = (records.at(-1)?.offset ?? -1) + 1;
        await onBatch({ topic, partition, records, nextOffset: end, end });
      }
    },
    follow: async () => {
      throw new Error('not used');
    },
    close: async () => {},
  };
}
