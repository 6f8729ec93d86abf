import { setTimeout as delay } from 'node:timers/promises';
import type { OutgoingRecord } from '../../ports/log';
import { BrokerLinks, type CoordinatorKind, type Link } from './broker-links';
import { errorTypes } from './error-chain';
import { produce } from './produce';
import type { PartitionBatch } from './produce-request';
import { Sequences } from './sequences';
import type { KafkaLog, KafkaSettings } from './settings';
import {
  addOffsets,
  addPartitions,
  commitOffsets,
  endTransaction,
  initProducerId,
  type OffsetMove,
  type ProducerIdentity,
} from './transaction-requests';
import { takesTransactionsV2 } from './transaction-version';

/**
 * Java's producer waits 20 ms. With 5 ms, one partition publishes about 1.6 times as often. With many partitions there is no difference.
 */
const CONCURRENT_RETRY_MS = 5;
const COORDINATOR_RETRY_MS = 50;
/** The broker itself may hold back an answer, so attempts are no measure. */
const RETRIES_MOST_MS = 10_000;

/** Refusals by a broker that is not, or not yet, the coordinator. What was asked may be asked again: it can't be done twice. */
const COORDINATOR_TYPES: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

/**
 * Transactions of one transactional id, one after the other. Each begins with its first offsets or records and ends with {@link commit}.
 * Records and the end are sent once. After a failure every call throws it again: the next {@link open} settles what was left.
 */
export class TransactionalProducer {
  private readonly sequences = new Sequences();
  /** Nothing that belongs to the present transaction was accepted by a broker. */
  private isEmpty = true;
  /** By name. Only before transactions v2. */
  private readonly added = new Set<string>();
  private failure: { readonly error: unknown } | null = null;

  private constructor(
    private readonly links: BrokerLinks,
    private readonly transactionalId: string,
    private identity: ProducerIdentity,
    /** KIP-890: brokers add partitions and groups themselves, and each end gives a new epoch. */
    readonly isV2: boolean,
  ) {}

  /**
   * Fences the previous producer of the transactional id. When this resolves, its transaction is settled. `timeoutMs`: the broker aborts a
   * transaction that is open for longer.
   */
  static async open(
    settings: KafkaSettings,
    log: KafkaLog,
    transactionalId: string,
    timeoutMs: number,
  ): Promise<TransactionalProducer> {
    const links = new BrokerLinks(settings, log);
    try {
      await links.connect();
      const identity = await asked(
        links,
        ['transaction', transactionalId],
        () => true,
        (coordinator) => initProducerId(links, coordinator, transactionalId, timeoutMs),
      );
      const coordinator = await links.coordinator('transaction', transactionalId);
      return new TransactionalProducer(links, transactionalId, identity, await takesTransactionsV2(links, coordinator));
    } catch (error) {
      await links.close().catch(() => undefined);
      throw error;
    }
  }

  sendOffsets(groupId: string, moves: readonly OffsetMove[]): Promise<void> {
    return this.unlessFailed(() => this.sendOffsetsNow(groupId, moves));
  }

  /** One batch per partition. */
  send(records: readonly OutgoingRecord[]): Promise<void> {
    return this.unlessFailed(() => this.sendNow(records));
  }

  /** Sent once. If this rejects, the outcome is unknown, or this producer is fenced. */
  commit(): Promise<void> {
    return this.unlessFailed(() => this.commitNow());
  }

  close(): Promise<void> {
    return this.links.close();
  }

  /** A failed transaction must not be continued, nor ended as if nothing were in it. */
  private async unlessFailed(work: () => Promise<void>): Promise<void> {
    if (this.failure !== null) throw this.failure.error;
    try {
      await work();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private async sendOffsetsNow(groupId: string, moves: readonly OffsetMove[]): Promise<void> {
    const { links, transactionalId, identity, isV2 } = this;
    if (!isV2) {
      await this.ask(['transaction', transactionalId], (to) =>
        addOffsets(links, to, transactionalId, identity, groupId),
      );
      this.isEmpty = false;
    }
    await this.ask(['group', groupId], (to) =>
      commitOffsets(links, to, transactionalId, identity, groupId, moves, isV2),
    );
    this.isEmpty = false;
  }

  private async sendNow(records: readonly OutgoingRecord[]): Promise<void> {
    const { links, transactionalId, identity, isV2 } = this;
    const batches = this.sequences.take(records);
    if (batches.length === 0) return;
    if (!isV2) await this.addPartitionsOf(batches);
    let left: readonly PartitionBatch[] = batches;
    const send = async () => {
      const unconfirmed = await produce(links, left, { ...identity, transactionalId, isV2 });
      left = unconfirmed.map(({ batch }) => batch);
      const faults = unconfirmed.map(({ fault }) => fault);
      if (faults.length > 0) throw faults.find((fault) => !isConcurrent(fault)) ?? faults[0];
    };
    // Records of a refused batch were not stored, and those that were are not sent again.
    await repeated(() => this.isEmpty, send, null);
    this.isEmpty = false;
  }

  private async commitNow(): Promise<void> {
    if (this.isEmpty) return;
    const { links, transactionalId, identity, isV2 } = this;
    const coordinator = await links.coordinator('transaction', transactionalId);
    const next = await endTransaction(links, coordinator, transactionalId, identity, isV2);
    if (next.producerId !== identity.producerId || next.producerEpoch !== identity.producerEpoch)
      this.sequences.reset();
    this.identity = next;
    this.isEmpty = true;
    this.added.clear();
  }

  private async addPartitionsOf(batches: readonly PartitionBatch[]): Promise<void> {
    const { links, transactionalId, identity } = this;
    const added = batches.filter((batch) => !this.added.has(nameOf(batch)));
    if (added.length === 0) return;
    await this.ask(['transaction', transactionalId], (to) =>
      addPartitions(links, to, transactionalId, identity, added),
    );
    for (const batch of added) this.added.add(nameOf(batch));
    this.isEmpty = false;
  }

  private ask(whom: Coordinator, call: (to: Link) => Promise<void>): Promise<void> {
    return asked(this.links, whom, () => this.isEmpty, call);
  }
}

type Coordinator = readonly [kind: CoordinatorKind, name: string];

function asked<T>(
  links: BrokerLinks,
  whom: Coordinator,
  isEmpty: () => boolean,
  call: (to: Link) => Promise<T>,
): Promise<T> {
  return repeated(
    isEmpty,
    async () => call(await links.coordinator(...whom)),
    () => links.forget(...whom),
  );
}

/**
 * Asks again after refusals that had no effect. CONCURRENT_TRANSACTIONS: the broker is still writing the end of the previous transaction,
 * or settles that of a previous producer. It is repeated only while the present transaction is empty. A coordinator that has moved is
 * looked up again. Anything else is thrown at once, a missing answer above all.
 */
async function repeated<T>(isEmpty: () => boolean, call: () => Promise<T>, forget: (() => void) | null): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (performance.now() - startedMs > RETRIES_MOST_MS) throw error;
      if (isConcurrent(error) && isEmpty()) await delay(CONCURRENT_RETRY_MS);
      else if (forget !== null && isCoordinatorRefusal(error)) {
        forget();
        await delay(COORDINATOR_RETRY_MS);
      } else throw error;
    }
  }
}

const nameOf = ({ topic, partition }: PartitionBatch): string => `${topic}/${partition}`;
const isConcurrent = (error: unknown): boolean => errorTypes(error).includes('CONCURRENT_TRANSACTIONS');
const isCoordinatorRefusal = (error: unknown): boolean => errorTypes(error).some((type) => COORDINATOR_TYPES.has(type));
