import { readFileSync } from 'node:fs';
import { Type } from 'avsc';
import { systemClock } from '../../src/adapters/system/clock';
import { describeFinding, isComplete, passes } from '../../src/domain/audit/audit';
import { EVENT_TOPICS, INPUT_ROLES, type TopicIndex } from '../../src/domain/event';
import type { LogRecord } from '../../src/ports/log';
import { judgeProfiles } from '../support/profiles';
import { addTo, type HostileDeployment, type Inputs } from './deployment';
import type { HostileRecord } from './stream';
import { unfinite } from './unfinite';

const CLOCK_SKEW_MS = 1_000;
/** Schemas of the output topics by id, as any consumer has them. */
const OUTPUT_SCHEMAS: Readonly<Record<number, string>> = {
  5: 'clv-update-v1',
  7: 'dead-letter-v1',
  10: 'dead-letter',
  11: 'clv-update',
};

interface Output extends LogRecord {
  readonly partition: number;
  readonly fields: Record<string, unknown>;
}

interface Position {
  readonly topic: TopicIndex;
  readonly partition: number;
  readonly offset: number;
}

const nameOf = ({ topic, partition, offset }: Position) => `${INPUT_ROLES[topic]} ${partition}@${offset}`;

/**
 * What is wrong with the outcomes of a stream; nothing if the law holds. The outcomes:
 * - a record of an event topic: one dead letter; or one update that names it. If updates are merged: its place in a state's count.
 * - a profile: one dead letter; or none. Then the customer's state has the attributes of the newest. An update may name it, once.
 * - a tick: one dead letter; or none. Any number of clock updates may name it, one for each customer.
 * What leaves no trace in the topics is seen in the scorers' facts: each record counts in one committed batch.
 */
export async function judge(
  deployment: HostileDeployment,
  written: readonly HostileRecord[],
  inputs: Inputs,
): Promise<string[]> {
  return new Judge(deployment, inputs).run(written);
}

class Judge {
  private readonly faults: string[] = [];

  constructor(
    private readonly deployment: HostileDeployment,
    private readonly inputs: Inputs,
  ) {}

  async run(written: readonly HostileRecord[]): Promise<string[]> {
    const { deployment } = this;
    const { updates: updatesTopic, deadLetters: lettersTopic } = deployment.platform.topics;
    this.readsAll(written);
    const updates = await this.outputs(updatesTopic);
    const letters = await this.outputs(lettersTopic);
    await this.positions(updates, letters);
    this.facts(letters);
    const { wrong } = await judgeProfiles(deployment);
    this.demand(wrong.length === 0, `states with other attributes than the last profile: ${wrong.join(', ')}`);
    for (const { level, message, detail } of deployment.notices) {
      this.demand(level !== 'error', `error line: ${message} ${JSON.stringify(detail)}`);
    }
    await this.audit();
    return this.faults;
  }

  private demand(holds: boolean, otherwise: string): void {
    if (!holds && this.faults.length < 20) this.faults.push(otherwise.slice(0, 2_000));
  }

  /** The log gives back what was written, in its order: no record is missed before anybody looks for its outcome. */
  private readsAll(written: readonly HostileRecord[]): void {
    for (const [topic, role] of INPUT_ROLES.entries()) {
      for (const [partition, read] of this.inputs[topic]!.entries()) {
        const own = written.filter((record) => record.role === role && record.partition === partition);
        this.demand(own.length === read.length, `${role} ${partition}: ${own.length} written, ${read.length} read`);
        const differs = own.findIndex(({ key, value, timestampMs }, i) => {
          const other = read[i];
          return !isSame(key, other?.key) || !isSame(value, other?.value) || timestampMs !== other?.timestampMs;
        });
        this.demand(differs < 0, `${role} ${partition}: record ${differs} is read other than it was written`);
      }
    }
  }

  /** Output records, decoded by their schema files alone. */
  private async outputs(topic: string): Promise<Output[]> {
    const { platform, settings } = this.deployment;
    const outputs: Output[] = [];
    for (let partition = 0; partition < settings.CLV_PARTITIONS; partition++) {
      await platform.reader().readToEnd([{ topic, partition, offset: 0 }], async ({ records }) => {
        for (const record of records) outputs.push({ ...record, partition, fields: decoded(record.value) });
      });
    }
    const latestMs = systemClock.nowMs() + CLOCK_SKEW_MS;
    for (const { partition, offset, timestampMs, fields } of outputs) {
      const where = `${topic} ${partition}@${offset}`;
      this.demand(timestampMs > 0 && timestampMs <= latestMs, `${where} is dated ${timestampMs}`);
      for (const path of unfinite(fields)) this.demand(false, `${where}: ${path}`);
    }
    return outputs;
  }

  private async positions(updates: readonly Output[], letters: readonly Output[]): Promise<void> {
    const { platform, settings } = this.deployment;
    const refused = new Map<string, number>();
    const updated = new Map<string, Output[]>();
    for (const { partition, fields } of letters) {
      const topic = platform.topics.inputs.indexOf(fields.topic as never);
      const first = fields.offset as number;
      this.demand(fields.partition === partition, `a letter of partition ${fields.partition} lies in ${partition}`);
      this.demand(
        !['fold-failed', 'state-unreadable'].includes(String(fields.reason)),
        `${fields.reason}: ${fields.detail}`,
      );
      for (let offset = first; offset <= ((fields.lastOffset as number | null) ?? first); offset++) {
        addTo(refused, nameOf({ topic, partition, offset }), 1);
      }
    }
    for (const update of updates) {
      const { source } = update.fields as unknown as { source: { topic: string; offset: number } };
      const topic = INPUT_ROLES.indexOf(source.topic as never);
      const at = nameOf({ topic, partition: update.partition, offset: source.offset });
      updated.set(at, [...(updated.get(at) ?? []), update]);
    }
    const isEvery = settings.CLV_EMISSION === 'every';
    for (const [topic, ofTopic] of this.inputs.entries()) {
      for (const [partition, records] of ofTopic.entries()) {
        for (const { offset } of records) {
          const at = nameOf({ topic, partition, offset });
          const [letter, own] = [refused.get(at) ?? 0, updated.get(at) ?? []];
          const isEvent = EVENT_TOPICS.includes(topic);
          const isTick = INPUT_ROLES[topic] === 'ticks';
          const customers = new Set(own.map(({ fields }) => fields.customerId));
          this.demand(
            letter <= 1 && (letter === 0 || own.length === 0),
            `${at}: ${letter} letters and ${own.length} updates`,
          );
          this.demand(customers.size === own.length && (isTick || own.length <= 1), `${at}: ${own.length} updates`);
          if (isEvent && isEvery) this.demand(letter + own.length === 1, `${at}: ${letter + own.length} outcomes`);
          refused.delete(at);
          updated.delete(at);
        }
      }
    }
    this.demand(refused.size === 0, `letters of no record: ${[...refused.keys()].slice(0, 5)}`);
    this.demand(updated.size === 0, `updates of no record: ${[...updated.keys()].slice(0, 5)}`);
    await this.counts(letters);
  }

  /** Each event that has no letter counts once in the state of its customer, whatever the emission is. */
  private async counts(letters: readonly Output[]): Promise<void> {
    const states = [...(await this.deployment.states()).values()];
    const { inputs: names } = this.deployment.platform.topics;
    for (const topic of EVENT_TOPICS) {
      const records = this.inputs[topic]!.reduce((sum, ofPartition) => sum + ofPartition.length, 0);
      const refused = letters.filter(
        ({ fields }) => fields.topic === names[topic] && fields.reason !== 'batch-unreadable',
      );
      const folded = states.reduce((sum, state) => sum + state.folded[topic]!.count, 0);
      const unreadable = this.inputs[topic]!.flat().filter((record) => record.unreadable !== undefined).length;
      const expected = records - unreadable - refused.length;
      this.demand(folded === expected, `${INPUT_ROLES[topic]}: ${folded} counted in states, ${expected} accepted`);
    }
    for (const state of states) for (const path of unfinite(state)) this.demand(false, `state: ${path}`);
  }

  private facts(letters: readonly Output[]): void {
    const { committed } = this.deployment;
    const records = this.inputs.flat().reduce((sum, ofPartition) => sum + ofPartition.length, 0);
    const counted = [...committed.outcomes.values()].reduce((sum, count) => sum + count, 0);
    this.demand(counted === records, `${counted} records in committed batches, ${records} written`);
    this.demand(committed.sweepFailures === 0, `${committed.sweepFailures} customers could not be re-scored`);
    this.demand(letters.length <= records, `${letters.length} letters of ${records} records`);
  }

  private async audit(): Promise<void> {
    for (const verdict of await this.deployment.audit()) {
      const { partition, findings } = verdict;
      for (const finding of findings) this.demand(false, `audit: ${describeFinding(partition, finding)}`);
      this.demand(passes(verdict) && isComplete(verdict), `audit of partition ${partition} does not pass`);
    }
  }
}

const TYPES = new Map(
  Object.entries(OUTPUT_SCHEMAS).map(([id, name]) => [
    Number(id),
    Type.forSchema(JSON.parse(readFileSync(`schemas/${name}.avsc`, 'utf8')), { wrapUnions: false }),
  ]),
);

function decoded(value: Uint8Array | null): Record<string, unknown> {
  const bytes = Buffer.from(value ?? []);
  const type = bytes[0] === 0 ? TYPES.get(bytes.readUInt32BE(1)) : undefined;
  if (type === undefined) throw new Error(`an output begins with ${bytes.subarray(0, 8).toString('hex')}`);
  return type.fromBuffer(bytes.subarray(5)) as Record<string, unknown>;
}

function isSame(one: Uint8Array | null, other: Uint8Array | null | undefined): boolean {
  if (one === null || other === null || other === undefined) return one === (other ?? null);
  return Buffer.from(one).equals(other);
}
