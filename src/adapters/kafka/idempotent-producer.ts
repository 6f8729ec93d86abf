import { setTimeout as delay } from 'node:timers/promises';
import type { OutgoingRecord } from '../../ports/log';
import { BrokerLinks } from './broker-links';
import { errorTypes } from './error-chain';
import { produce, type Unconfirmed } from './produce';
import { Sequences } from './sequences';
import type { KafkaLog, KafkaSettings } from './settings';
import { initProducerId, type ProducerIdentity } from './transaction-requests';
import { retryTransient } from './transient';

/** Only transactions have a time-out. The field must hold something. */
const NO_TIMEOUT_MS = 60_000;
const ATTEMPTS = 11;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 500;

/** Refusals after which the same batch may be sent again: it was not stored, or a repeat of it is recognised. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'CORRUPT_MESSAGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
]);

/** Stores each batch once, though it may be sent more than once. Unusable after its first failure: its numbers may be wrong. */
export class IdempotentProducer {
  private readonly sequences = new Sequences();

  private constructor(
    private readonly links: BrokerLinks,
    private readonly identity: ProducerIdentity,
  ) {}

  static async open(settings: KafkaSettings, log: KafkaLog): Promise<IdempotentProducer> {
    const links = new BrokerLinks(settings, log);
    try {
      await links.connect();
      const any = await links.any();
      const identity = await retryTransient(() => initProducerId(links, any, null, NO_TIMEOUT_MS));
      return new IdempotentProducer(links, identity);
    } catch (error) {
      await links.close().catch(() => undefined);
      throw error;
    }
  }

  /** Resolves when every record is stored. One batch per partition. Calls must not overlap. */
  async send(records: readonly OutgoingRecord[]): Promise<void> {
    let left = this.sequences.take(records);
    let retryMs = FIRST_RETRY_MS;
    for (let attempt = 1; left.length > 0; attempt++) {
      const faults: unknown[] = [];
      try {
        const unconfirmed = await produce(this.links, left, { ...this.identity, transactionalId: null, isV2: false });
        const missing = unconfirmed.filter((one) => !isStored(one));
        left = missing.map(({ batch }) => batch);
        faults.push(...missing.map(({ fault }) => fault));
      } catch (error) {
        faults.push(error);
      }
      if (faults.length === 0) return;
      const lasting = faults.find((fault) => !isRepeatable(fault));
      if (lasting !== undefined || attempt === ATTEMPTS) throw lasting ?? faults[0];
      await delay(retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 1.7);
      // A failure shows in the next attempt.
      await this.links.refresh().catch(() => undefined);
    }
  }

  close(): Promise<void> {
    return this.links.close();
  }
}

/** The batch came before: an attempt of before stored it, although its answer was lost. */
const isStored = ({ fault }: Unconfirmed): boolean => errorTypes(fault)[0] === 'DUPLICATE_SEQUENCE_NUMBER';

/** Errors of kafkajs without a type are those of its connections. An attempt that sent nothing may be repeated, too. */
function isRepeatable(fault: unknown): boolean {
  if (errorTypes(fault).some((type) => REPEATABLE.has(type))) return true;
  return fault instanceof Error && fault.name.startsWith('KafkaJS') && errorTypes(fault).every((type) => type === '');
}
