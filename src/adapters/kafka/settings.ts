import type { ISocketFactory } from 'kafkajs';
import type { LeaderEpochs } from './leader-epochs';

/**
 * How to connect to the log, with which credentials, and how much to take at once. src/config validates it; nothing here reads the
 * environment.
 */

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

export interface KafkaSettings {
  /** host:port of one or more brokers to bootstrap from. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TLS. With `ca`, this certificate authority (PEM) replaces the system's. */
  readonly ssl?: boolean | { readonly ca: string };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
  /** Takes note of the sockets, so that a process that stops can close those whose requests get no answer. */
  readonly sockets?: { readonly connect: ISocketFactory };
  /** Maximum decompressed bytes of one batch. Default: 32 MiB. */
  readonly maxDecompressedBytes?: number;
}

/** Log output of kafkajs and of these adapters. The composition root connects it to the observer. */
export type KafkaLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  detail: Readonly<Record<string, unknown>>,
) => void;

export interface SourceSettings {
  readonly groupId: string;
  /** Input topic names in the order of INPUT_ROLES: the index is the TopicIndex. */
  readonly inputTopics: readonly string[];
  /** Silence after which the group reassigns this member's partitions. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** This deployment in words, equal on all of its members. May reject. Two deployments in one group are a fault. */
  readonly deployment?: () => Promise<string>;
  /** Longest wait of a fetch that finds nothing. */
  readonly maxWaitMs?: number;
  readonly maxBytesPerPartition?: number;
  /** Receives the leaders of the records read. Shared with the publisher of the same process. */
  readonly epochs?: LeaderEpochs;
}

export interface PublisherSettings {
  readonly groupId: string;
  readonly inputTopics: readonly string[];
  readonly updatesTopic: string;
  readonly deadLettersTopic: string;
  /**
   * The transactional id of partition p is `<prefix>-<p>`. It is the same on every process of one application and differs between
   * applications.
   */
  readonly transactionalIdPrefix: string;
  readonly mode: 'exactly-once' | 'at-least-once';
  /** Short ids of the input topics at the time of the takeover. Offsets of a deleted topic don't count for the new one. */
  readonly logs?: string;
  /** The leaders of the records read, as noted by the source of the same process. They are committed with the offsets. */
  readonly epochs?: LeaderEpochs;
  /** The broker aborts a transaction that is open for longer. */
  readonly transactionTimeoutMs?: number;
}
