import type { LeaderEpochs } from './leader-epochs';

/** How to reach the log and as whom, and how much of it to take at once. Validated by src/config; nothing here reads the environment. */

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

export interface KafkaSettings {
  /** host:port of one or more brokers to start from. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TLS; with `ca`, a certificate authority as PEM, instead of the system's. */
  readonly ssl?: boolean | { readonly ca: string };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
  /** Most bytes that one batch may hold once decompressed; absent: 32 MiB. */
  readonly maxDecompressedBytes?: number;
}

/** What kafkajs and these adapters have to say; the composition root hands it to the observer. */
export type KafkaLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  detail: Readonly<Record<string, unknown>>,
) => void;

export interface SourceSettings {
  readonly groupId: string;
  /** Input topic names in the order of INPUT_ROLES: the index is the TopicIndex. */
  readonly inputTopics: readonly string[];
  /** Silence after which the group gives this member's partitions away. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** This deployment in words, equal on all of its members; may reject. Two of them in one group are a fault. */
  readonly deployment?: () => Promise<string>;
  /** Longest wait of a fetch that finds nothing. */
  readonly maxWaitMs?: number;
  readonly maxBytesPerPartition?: number;
  /** Where the leaders of what is read are noted; shared with the publisher of the same process. */
  readonly epochs?: LeaderEpochs;
}

export interface PublisherSettings {
  readonly groupId: string;
  readonly inputTopics: readonly string[];
  readonly updatesTopic: string;
  readonly deadLettersTopic: string;
  /** The transactional id of partition p is `<prefix>-<p>`: the same on every process of one application, differing between applications. */
  readonly transactionalIdPrefix: string;
  readonly mode: 'exactly-once' | 'at-least-once';
  /** Ids of the input topics in short, as of taking ownership: offsets of a topic that was deleted since are none of the new one. */
  readonly logs?: string;
  /** The leaders of what was read, as the source of the same process notes them: they go with the offsets. */
  readonly epochs?: LeaderEpochs;
  /** The broker aborts a transaction that is open for longer. */
  readonly transactionTimeoutMs?: number;
}
