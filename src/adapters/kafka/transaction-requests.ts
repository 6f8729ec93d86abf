import { BrokerRefusal, refuse } from './broker-errors';
import type { BrokerLinks, Link } from './broker-links';
import { byTopic, type TopicPartition } from './topic-partition';
import { VersionReader, VersionWriter } from './version-fields';

/** The producer that a transactional id has at present. Brokers refuse those with an older epoch. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** One offset of a group to move, with optional metadata. */
export interface OffsetMove extends TopicPartition {
  readonly offset: number;
  readonly metadata?: string;
}

/*
 * Requests of transactions. The versions are the oldest with what is needed, and those of transactions v2 (KIP-890). Every answer begins
 * with throttle: int32. identity = producer id: int64, producer epoch: int16.
 */
const OLD = { isFlexible: false };
const NEW = { isFlexible: true };

/**
 * InitProducerId 1. Without a transactional id, any broker gives a new producer.
 *   request  = transactional id or null, time-out: int32
 *   response = error: int16, identity
 */
export function initProducerId(
  links: BrokerLinks,
  to: Link,
  transactionalId: string | null,
  timeoutMs: number,
): Promise<ProducerIdentity> {
  const kind = { apiKey: 22, apiVersion: 1, apiName: 'InitProducerId' };
  const payload = new VersionWriter(OLD).textOrNull(transactionalId).int32(timeoutMs).done();
  return links.ask(to, kind, payload, (answer) => {
    const { fields } = new VersionReader(answer, OLD);
    fields.int32();
    refuse('a producer', fields.int16());
    return { producerId: fields.bigint64(), producerEpoch: fields.int16() };
  });
}

/**
 * AddPartitionsToTxn 1. Transactions v2 don't need it: the leader adds the partition of a produce request.
 *   request  = transactional id, identity, [topic, [partition: int32]]
 *   response = [topic, [partition: int32, error: int16]]
 */
export async function addPartitions(
  links: BrokerLinks,
  to: Link,
  transactionalId: string,
  { producerId, producerEpoch }: ProducerIdentity,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const kind = { apiKey: 24, apiVersion: 1, apiName: 'AddPartitionsToTxn' };
  const writer = new VersionWriter(OLD).text(transactionalId).int64(producerId).int16(producerEpoch);
  writer.list(byTopic(partitions), ([topic, ofTopic]) => {
    writer.text(topic).list(ofTopic, ({ partition }) => writer.int32(partition));
  });
  await links.ask(to, kind, writer.done(), (answer) => {
    refusePartitions('a partition in a transaction', new VersionReader(answer, OLD));
    return {};
  });
}

/**
 * AddOffsetsToTxn 1. Transactions v2 don't need it: the group's coordinator adds itself.
 *   request  = transactional id, identity, group
 *   response = error: int16
 */
export async function addOffsets(
  links: BrokerLinks,
  to: Link,
  transactionalId: string,
  { producerId, producerEpoch }: ProducerIdentity,
  groupId: string,
): Promise<void> {
  const kind = { apiKey: 25, apiVersion: 1, apiName: 'AddOffsetsToTxn' };
  const writer = new VersionWriter(OLD).text(transactionalId).int64(producerId).int16(producerEpoch).text(groupId);
  await links.ask(to, kind, writer.done(), (answer) => {
    const { fields } = new VersionReader(answer, OLD);
    fields.int32();
    refuse('the offsets of a group in a transaction', fields.int16());
    return {};
  });
}

/**
 * TxnOffsetCommit 1, or 5 for transactions v2.
 *   request  = transactional id, group, identity, (5: generation −1, member "", instance null), [topic, [move]]
 *   move     = partition: int32, offset: int64, (5: leader epoch −1), metadata or null
 *   response = [topic, [partition: int32, error: int16]]
 */
export async function commitOffsets(
  links: BrokerLinks,
  to: Link,
  transactionalId: string,
  { producerId, producerEpoch }: ProducerIdentity,
  groupId: string,
  moves: readonly OffsetMove[],
  isV2: boolean,
): Promise<void> {
  const kind = { apiKey: 28, apiVersion: isV2 ? 5 : 1, apiName: 'TxnOffsetCommit' };
  const form = isV2 ? NEW : OLD;
  const writer = new VersionWriter(form).text(transactionalId).text(groupId).int64(producerId).int16(producerEpoch);
  if (isV2) writer.int32(-1).text('').absent();
  writer.list(byTopic(moves), ([topic, ofTopic]) => {
    writer.text(topic).list(ofTopic, ({ partition, offset, metadata }) => {
      writer.int32(partition).int64(offset);
      if (isV2) writer.int32(-1);
      writer.textOrNull(metadata ?? null).end();
    });
    writer.end();
  });
  await links.ask(to, kind, writer.done(), (answer) => {
    refusePartitions('the offsets of a transaction', new VersionReader(answer, form));
    return {};
  });
}

/**
 * EndTxn 1, or 5 for transactions v2. In version 5, the answer holds the identity for the next transaction: this one's epoch has ended
 * with it. So an end that arrives late can't end another transaction.
 *   request  = transactional id, identity, commits: bool
 *   response = error: int16, (5: identity)
 */
export function endTransaction(
  links: BrokerLinks,
  to: Link,
  transactionalId: string,
  identity: ProducerIdentity,
  isV2: boolean,
): Promise<ProducerIdentity> {
  const kind = { apiKey: 26, apiVersion: isV2 ? 5 : 1, apiName: 'EndTxn' };
  const writer = new VersionWriter(isV2 ? NEW : OLD).text(transactionalId);
  writer.int64(identity.producerId).int16(identity.producerEpoch).flag(true);
  return links.ask(to, kind, writer.done(), (answer) => {
    const { fields } = new VersionReader(answer, isV2 ? NEW : OLD);
    fields.int32();
    refuse('the end of a transaction', fields.int16());
    return isV2 ? { producerId: fields.bigint64(), producerEpoch: fields.int16() } : identity;
  });
}

const OPERATION_NOT_ATTEMPTED = 55;

/** Throws the first real refusal: beside it, the other partitions are not attempted. */
function refusePartitions(what: string, reader: VersionReader): void {
  reader.fields.int32();
  const answers = reader.list(() => {
    const topic = reader.text();
    const partitions = reader.list(() => {
      const answer = { topic, partition: reader.fields.int32(), code: reader.fields.int16() };
      reader.end();
      return answer;
    });
    reader.end();
    return partitions;
  });
  const refused = answers.flat().filter(({ code }) => code !== 0);
  const first = refused.find(({ code }) => code !== OPERATION_NOT_ATTEMPTED) ?? refused[0];
  if (first !== undefined)
    throw new BrokerRefusal(`${what}, ${first.topic}/${first.partition}`, first.code, first.topic);
}
