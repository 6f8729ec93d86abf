import { createHash } from 'node:crypto';
import { KEPT_BYTES, type RawRecord } from './kcat';
import { EVENT_ROLES, type EventFacts, type EventRole, type FactRules, factsOf, hashOn, readValue } from './wire';

/** Only the newest so many events of a customer and topic are remembered for telling a repeat (docs/faults.md). */
const REMEMBERED = 8;
const MOST_FINDINGS = 20;

/**
 * lost: a position without an outcome, before one that has one. waiting: a position without an outcome behind the last that has one.
 * missing: an event that the customer's last update does not count. doubled: a second outcome. mismatched: a number or an identity that does
 * not follow from the input. reordered: an update before its turn. unexpected: an outcome of no record. misjudged: a dead letter of a sound
 * record, or an update of one that is none.
 */
export const FAULTS = [
  'lost',
  'waiting',
  'missing',
  'doubled',
  'mismatched',
  'reordered',
  'unexpected',
  'misjudged',
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface PartitionJudgement extends Readonly<Record<FaultName, number>> {
  readonly partition: number;
  readonly inputs: number;
  readonly updates: number;
  readonly clockUpdates: number;
  /** Input positions that dead letters stand for, by reason. */
  readonly letters: Readonly<Record<string, number>>;
  /** The first of them, in words. */
  readonly findings: readonly string[];
}

export interface JudgeRules extends FactRules {
  readonly minorPerMajor: number;
  /** Names of the input topics, by role; `customers` too. */
  readonly topics: Readonly<Record<EventRole | 'customers', string>>;
}

interface Position {
  outcomes: number;
  isLetter: boolean;
  /** Count of the customer's folded events of the topic with this one; 0 where it is none. */
  count: number;
  facts: EventFacts | null;
}

/** A customer's folded events of one topic: index = how many. */
interface Chain {
  readonly hashes: number[];
  readonly orders: number[];
  /** Refunds and cancellations. */
  readonly returns: number[];
  readonly netMinor: number[];
  recent: string[];
}

/** What the customer's newest update says. */
interface Newest {
  asOf: number;
  value: number;
  folded: ReadonlyMap<string, { count: number; hash: number }>;
}

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** SHA-256 of the value that it says the original had; null where it stands for several. */
  readonly digest: string | null;
}

/** Of null, a word that no digest is. */
const digestOf = (value: Buffer | null): string =>
  value === null ? 'null' : createHash('sha256').update(value).digest('hex');

/** The dead letters of one topic; most stand for one position, some for a range. */
class Letters {
  private readonly single = new Map<number, Letter[]>();
  private readonly ranges: Letter[] = [];

  add(letter: Letter): void {
    if (letter.to !== letter.from) this.ranges.push(letter);
    else this.single.set(letter.from, [...(this.single.get(letter.from) ?? []), letter]);
  }

  at(offset: number): Letter[] {
    return [
      ...(this.single.get(offset) ?? []),
      ...this.ranges.filter(({ from, to }) => from <= offset && offset <= to),
    ];
  }

  all(): Letter[] {
    return [...[...this.single.values()].flat(), ...this.ranges];
  }
}

/**
 * One partition number over all topics. First every dead letter, then every input in offset order, then every update in the order of its
 * topic, then the judgement.
 */
export class Judge {
  private readonly counted = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<FaultName, number>;
  private readonly findings: string[] = [];
  private readonly positions = Object.fromEntries(EVENT_ROLES.map((role) => [role, new Map()])) as unknown as Record<
    EventRole,
    Map<number, Position>
  >;
  private readonly chains = new Map<string, Chain>();
  private readonly newest = new Map<string, Newest>();
  private readonly lastOffset = new Map<string, number>();
  private readonly letters: Record<string, number> = {};
  private readonly lettered = Object.fromEntries(EVENT_ROLES.map((role) => [role, new Letters()])) as Record<
    EventRole,
    Letters
  >;
  private inputs = 0;
  private updates = 0;
  private clockUpdates = 0;

  constructor(
    private readonly partition: number,
    private readonly rules: JudgeRules,
  ) {}

  addDeadLetter({ offset, value }: RawRecord): void {
    const read = readValue(value);
    if (read?.name !== 'DeadLetter') {
      this.find('unexpected', `dead letter at ${offset} can't be read`);
      return;
    }
    const { topic, partition, offset: from, lastOffset, reason, value: original, originalSha256 } = read.fields;
    const role = EVENT_ROLES.find((each) => this.rules.topics[each] === topic);
    if (partition !== this.partition) {
      this.find('mismatched', `dead letter at ${offset} names partition ${partition}`);
      return;
    }
    // Letters of ticks and of the compacted table are owed to nobody.
    if (role === undefined) return;
    const to = typeof lastOffset === 'number' ? lastOffset : (from as number);
    const digest = originalSha256 ?? digestOf(original as Buffer | null);
    this.lettered[role].add({
      from: from as number,
      to,
      reason: String(reason),
      // A batch that nobody could open is told by the digest of the batch.
      digest: typeof lastOffset === 'number' || reason === 'batch-unreadable' ? null : String(digest),
    });
  }

  /** `role` ticks and customers are not judged by position. */
  addInput(role: EventRole, record: RawRecord): void {
    this.inputs += 1;
    const { offset } = record;
    const letters = this.lettered[role].at(offset);
    const facts = factsOf(role, record.key, record.value, record.timestampMs, this.rules);
    const position = { outcomes: letters.length, isLetter: letters.length > 0, count: 0, facts };
    this.positions[role].set(offset, position);
    for (const { reason } of letters) this.letters[reason] = (this.letters[reason] ?? 0) + 1;
    this.checkBytes(role, record, letters);
    const owed = this.isOwedLetter(role, facts);
    if (letters.length > 0 && !owed && facts?.isDoubtful === false) {
      this.find('misjudged', `${role} ${offset}: a dead letter (${letters[0]!.reason}) of a sound record`);
    }
    if (letters.length === 0 && owed && facts !== null) {
      this.find('misjudged', `${role} ${offset}: no dead letter of a repeat`);
    }
    if (position.isLetter || facts === null) return;
    const chain = this.chainOf(role, facts.customerId);
    chain.recent = [...chain.recent, facts.identity].slice(-REMEMBERED);
    chain.hashes.push(hashOn(chain.hashes.at(-1)!, offset));
    chain.orders.push(chain.orders.at(-1)! + facts.placed);
    chain.returns.push(chain.returns.at(-1)! + facts.returned);
    chain.netMinor.push(chain.netMinor.at(-1)! + facts.netMinor);
    position.count = chain.hashes.length - 1;
  }

  addUpdate({ offset, key, value }: RawRecord): void {
    if (value === null) return; // a tombstone: somebody deleted a customer
    const read = readValue(value);
    if (read?.name !== 'ClvUpdate') {
      this.find('unexpected', `update at ${offset} can't be read`);
      return;
    }
    const update = read.fields as unknown as UpdateFields;
    const at = `update at ${offset} of ${update.customerId}`;
    if (key?.toString('utf8') !== update.customerId) this.find('mismatched', `${at}: keyed otherwise`);
    if (update.source.partition !== this.partition) this.find('mismatched', `${at}: of partition elsewhere`);
    this.checkNumbers(at, update);
    this.checkFolded(at, update);
    this.checkOrder(at, update);
    if (update.trigger === 'clock') this.clockUpdates += 1;
    else this.checkSource(at, update);
    this.newest.set(update.customerId, {
      asOf: update.asOf,
      value: update.value,
      folded: new Map(update.folded.map((entry) => [entry.topic, entry])),
    });
  }

  judgement(): PartitionJudgement {
    for (const role of EVENT_ROLES) {
      this.closeTopic(role);
      this.findStrays(role);
    }
    for (const [name, chain] of this.chains) this.closeChain(name, chain);
    return {
      partition: this.partition,
      inputs: this.inputs,
      updates: this.updates,
      clockUpdates: this.clockUpdates,
      letters: this.letters,
      ...this.counted,
      findings: this.findings,
    };
  }

  /** A dead letter carries the original, or its digest where it is too long. */
  private checkBytes(role: EventRole, { offset, value, valueBytes }: RawRecord, letters: readonly Letter[]): void {
    for (const { digest } of letters) {
      if (digest === null || valueBytes > KEPT_BYTES) continue;
      if (digest !== digestOf(value)) this.find('mismatched', `dead letter of ${role} ${offset}: other bytes`);
    }
  }

  private isOwedLetter(role: EventRole, facts: EventFacts | null): boolean {
    return facts === null || this.chainOf(role, facts.customerId).recent.includes(facts.identity);
  }

  /** A letter that stands for no record at all. */
  private findStrays(role: EventRole): void {
    for (const { from, to } of this.lettered[role].all()) {
      let found = false;
      for (let offset = from; offset <= to && !found; offset++) found = this.positions[role].has(offset);
      if (!found) this.find('unexpected', `dead letter of ${role} ${from} to ${to}: no record is there`);
    }
  }

  /** The sum that explains the change, and no number that is none. */
  private checkNumbers(at: string, update: UpdateFields): void {
    for (const [name, value] of Object.entries(update)) {
      if (typeof value === 'number' && !Number.isFinite(value)) this.find('mismatched', `${at}: ${name} is ${value}`);
    }
    const { previousValue, modelEffect, silenceEffect, eventEffect, value, predictedClv365d } = update;
    const sum = previousValue + modelEffect + silenceEffect + eventEffect;
    if (Math.abs(sum - value) > 1e-9 * Math.max(1, Math.abs(value), Math.abs(previousValue))) {
      this.find('mismatched', `${at}: the split makes ${sum}, not ${value}`);
    }
    if (value !== predictedClv365d) this.find('mismatched', `${at}: value is not predictedClv365d`);
    if (update.trigger === 'clock' && eventEffect !== 0) this.find('mismatched', `${at}: the clock has an eventEffect`);
    const previous = this.newest.get(update.customerId);
    if (!update.refolded && Math.abs(previousValue - (previous?.value ?? 0)) > 1e-9 * Math.max(1, previousValue)) {
      this.find('mismatched', `${at}: previousValue ${previousValue}, last published ${previous?.value ?? 0}`);
    }
  }

  /** Each topic's count and hash must be those of so many of the customer's first events of it; the past must be theirs. */
  private checkFolded(at: string, { customerId, folded, sequence, orders, historicClv }: UpdateFields): void {
    let sum = 0;
    for (const { topic, count, hash } of folded) {
      sum += count;
      const role = EVENT_ROLES.find((each) => each === topic);
      const chain = role && this.chainOf(role, customerId);
      if (chain?.hashes[count] !== hash) this.find('mismatched', `${at}: ${topic} count ${count}, hash ${hash}`);
    }
    if (sum !== sequence) this.find('mismatched', `${at}: sequence ${sequence}, counts of ${sum}`);
    const chain = this.chainOf('orders', customerId);
    const count = folded.find(({ topic }) => topic === 'orders')?.count ?? 0;
    // What was returned in full leaves the count, and only that: which it is, is a rule that this program does not judge.
    const placed = chain.orders[count] ?? Number.NaN;
    if (!(orders <= placed && orders >= placed - (chain.returns[count] ?? 0))) {
      this.find('mismatched', `${at}: orders ${orders} of ${placed} placed`);
    }
    const net = (chain.netMinor[count] ?? Number.NaN) / this.rules.minorPerMajor;
    if (!(Math.abs(net - historicClv) < 1e-6)) this.find('mismatched', `${at}: historicClv ${historicClv}, not ${net}`);
  }

  /** After a roll-back of the state, a score for a later moment may have been taken back (docs/faults.md): the first update then says so. */
  private checkOrder(at: string, { customerId, asOf, folded, refolded }: UpdateFields): void {
    const previous = this.newest.get(customerId);
    if (previous === undefined) return;
    if (!refolded && asOf < previous.asOf) this.find('reordered', `${at}: asOf falls by ${previous.asOf - asOf} ms`);
    for (const { topic, count } of folded) {
      const before = previous.folded.get(topic)?.count ?? 0;
      if (count < before) this.find('reordered', `${at}: count of ${topic} falls from ${before} to ${count}`);
    }
  }

  private checkSource(at: string, { customerId, source, folded }: UpdateFields): void {
    this.updates += 1;
    const { topic, offset } = source;
    const last = this.lastOffset.get(topic) ?? -1;
    this.lastOffset.set(topic, Math.max(last, offset));
    if (topic === 'customers') {
      if (offset <= last) this.find(offset === last ? 'doubled' : 'reordered', `${at}: customers ${offset}`);
      return;
    }
    const role = EVENT_ROLES.find((each) => each === topic);
    const position = role && this.positions[role].get(offset);
    if (!position) {
      this.find('unexpected', `${at}: no record at ${topic} ${offset}`);
      return;
    }
    position.outcomes += 1;
    if (position.outcomes > 1) return;
    if (offset < last) this.find('reordered', `${at}: ${topic} ${offset} after ${last}`);
    if (position.facts === null) {
      this.find('misjudged', `${at}: ${topic} ${offset} should be a dead letter`);
      return;
    }
    if (position.facts.customerId !== customerId) this.find('mismatched', `${at}: of another customer's ${offset}`);
    const own = folded.find((entry) => entry.topic === topic)?.count ?? 0;
    if (own !== position.count)
      this.find('mismatched', `${at}: count ${own} at ${topic} ${offset}, not ${position.count}`);
  }

  private closeTopic(role: EventRole): void {
    let lastDone = -1;
    for (const [offset, { outcomes }] of this.positions[role]) if (outcomes > 0) lastDone = Math.max(lastDone, offset);
    for (const [offset, { outcomes }] of this.positions[role]) {
      if (outcomes > 1) this.find('doubled', `${role} ${offset}: ${outcomes} outcomes`);
      if (outcomes === 0) this.find(offset < lastDone ? 'lost' : 'waiting', `${role} ${offset}: no outcome`);
    }
  }

  private closeChain(name: string, { hashes }: Chain): void {
    const count = hashes.length - 1;
    if (count === 0) return;
    const space = name.indexOf(' ');
    const [role, customerId] = [name.slice(0, space), name.slice(space + 1)];
    const shown = this.newest.get(customerId)?.folded.get(role)?.count ?? 0;
    if (shown < count) {
      this.counted.missing += count - shown - 1;
      this.find('missing', `${customerId}: the last update counts ${shown} of ${count} ${role}`);
    }
  }

  private chainOf(role: EventRole, customerId: string): Chain {
    const name = `${role} ${customerId}`;
    let chain = this.chains.get(name);
    if (chain === undefined) {
      chain = { hashes: [0], orders: [0], returns: [0], netMinor: [0], recent: [] };
      this.chains.set(name, chain);
    }
    return chain;
  }

  private find(fault: FaultName, detail: string): void {
    this.counted[fault] += 1;
    if (this.findings.length < MOST_FINDINGS) this.findings.push(`${fault}: partition ${this.partition}, ${detail}`);
  }
}

interface UpdateFields {
  readonly customerId: string;
  readonly asOf: number;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly folded: readonly { readonly topic: string; readonly count: number; readonly hash: number }[];
  readonly sequence: number;
  readonly trigger: 'event' | 'clock';
  readonly orders: number;
  readonly historicClv: number;
  readonly value: number;
  readonly predictedClv365d: number;
  readonly previousValue: number;
  readonly modelEffect: number;
  readonly silenceEffect: number;
  readonly eventEffect: number;
  readonly refolded: boolean;
}
