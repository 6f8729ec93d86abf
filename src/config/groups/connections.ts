import { z } from 'zod';
import { brokers, flag, list, name, oneOf, optional, redisUrl, text, whole } from './kinds';
import { type Setting, settingOf } from './setting';

const setting = settingOf('connections');

/** Where Kafka, Redis and the schema registry are, and how to log in. */
export const CONNECTIONS = {
  KAFKA_BROKERS: setting(
    brokers,
    '',
    'Kafka brokers, host:port separated by commas. Unset: the embedded log in CLV_HOME.',
  ),
  KAFKA_SSL: setting(flag, 'false', 'TLS to Kafka.'),
  KAFKA_SSL_CA: setting(optional, '', 'File with the certificate authority of Kafka, PEM.'),
  KAFKA_SASL_MECHANISM: setting(
    oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
    'none',
    'Mechanism of the login to Kafka.',
  ),
  KAFKA_SASL_USERNAME: setting(optional, '', 'User at Kafka.'),
  KAFKA_SASL_PASSWORD: { ...setting(optional, '', 'Password at Kafka.'), secret: true },
  REDIS_URL: {
    ...setting(
      redisUrl,
      '',
      'Redis (redis://, rediss:// for TLS), or nodes of a cluster, or Sentinels, separated by commas. Set together with KAFKA_BROKERS.',
    ),
    secret: true,
  },
  REDIS_MODE: setting(
    oneOf('auto', 'single', 'cluster', 'sentinel'),
    'auto',
    'Kind of Redis behind REDIS_URL. auto: one URL is a single Redis, several are a cluster. A cluster behind one address needs cluster.',
  ),
  REDIS_AOF_REWRITE: setting(
    oneOf('after-start', 'never'),
    'after-start',
    'after-start: after each start of a Redis with an append-only file, scorers send BGREWRITEAOF once. Without it, a second crash can stop a partition (docs/decisions/053-torn-commits.md). never: for a Redis that lacks the memory for the fork (up to twice its data) or refuses the command; then run it by hand after a crash.',
  ),
  REDIS_SENTINEL_MASTER: setting(
    optional,
    '',
    'Name of the master that the Sentinels watch. Set together with REDIS_MODE=sentinel.',
  ),
  REDIS_SENTINEL_USERNAME: setting(optional, '', 'User at the Sentinels, if REDIS_URL does not hold one.'),
  REDIS_SENTINEL_PASSWORD: {
    ...setting(optional, '', 'Password at the Sentinels, if REDIS_URL does not hold one.'),
    secret: true,
  },
  REDIS_USERNAME: setting(
    optional,
    '',
    'User at Redis, if REDIS_URL does not hold one. With Sentinels the login in REDIS_URL is theirs, and this one is for Redis.',
  ),
  REDIS_PASSWORD: {
    ...setting(optional, '', 'Password at Redis; see REDIS_USERNAME.'),
    secret: true,
  },
  REDIS_SSL_CA: setting(optional, '', 'File with the certificate authority of Redis, PEM.'),
  SCHEMA_REGISTRY_URL: setting(
    list.pipe(
      z.array(
        z
          .string()
          .regex(/^https?:\/\/[^@\s]+$/, 'http:// or https:// without user and password, several separated by commas'),
      ),
    ),
    '',
    'Confluent-compatible schema registry, with its path. Several addresses of one registry are separated by commas. Unset: CLV_SCHEMA_DIR.',
  ),
  SCHEMA_REGISTRY_SSL_CA: setting(optional, '', 'File with the certificate authority of the schema registry, PEM.'),
  SCHEMA_REGISTRY_USERNAME: setting(optional, '', 'User at the schema registry, for basic authentication.'),
  SCHEMA_REGISTRY_PASSWORD: {
    ...setting(optional, '', 'Password at the schema registry; for Confluent Cloud the secret of the API key.'),
    secret: true,
  },
  SCHEMA_REGISTRY_TOKEN: {
    ...setting(optional, '', 'Bearer token for the schema registry, instead of user and password.'),
    secret: true,
  },
  CLV_REDIS_PREFIX: setting(name, 'clv', 'First part of every key in Redis.'),
  CLV_HOME: setting(
    text.min(1, 'a folder'),
    '.clv-stream',
    'Folder of the embedded log and state, and of the trainer store.',
  ),
  CLV_EMBEDDED_MAX_RECORDS: setting(
    whole(0, 1_000_000_000),
    '0',
    'Records that the embedded log keeps per partition; 0 keeps all.',
  ),
  CLV_APP: setting(name, 'clv-stream', 'Consumer group, and first part of transactional ids: one per deployment.'),
} as const satisfies Record<string, Setting<unknown>>;
