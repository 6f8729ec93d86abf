import { z } from 'zod';
import { currencyCode, DEFAULT_CURRENCY, EXPECTED_CURRENCY } from '../domain/currency';

/** One setting. The variable's name is also its key in a configuration file. */
export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** Text of the default; '' if the setting is unset by default. */
  readonly fallback: string;
  /** One sentence with the unit. */
  readonly doc: string;
  readonly group: 'connections' | 'topics' | 'scorer' | 'trainer' | 'web' | 'program';
  /** Never printed. */
  readonly secret?: true;
}

const text = z.string().trim();
const currency = text
  .refine((value) => currencyCode(value) !== undefined, EXPECTED_CURRENCY)
  .transform((value) => currencyCode(value)!);
const optional = text.transform((value) => (value === '' ? null : value));
const whole = (least: number, most: number) =>
  text
    .regex(/^-?\d+$/, `a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least, `at least ${least}`).max(most, `at most ${most}`));
const real = (least: number, most: number) =>
  text
    .regex(/^-?\d+(\.\d+)?(e-?\d+)?$/i, `a number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least, `at least ${least}`).max(most, `at most ${most}`));
const flag = z.enum(['true', 'false'], 'true or false').transform((value) => value === 'true');
const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const brokers = list.pipe(
  z.array(z.string().regex(/^[^\s:]+:\d+$|^\[[^\]]+\]:\d+$/, 'host:port, separated by commas')),
);
const topic = text.regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a topic name: letters, digits, dot, underscore, hyphen');
const name = text.regex(/^[a-zA-Z0-9._-]{1,64}$/, 'letters, digits, dot, underscore, hyphen; at most 64');
const redisUrl = optional.pipe(
  z
    .string()
    .regex(/^rediss?:\/\//, 'redis://host:port or rediss://host:port, several separated by commas for a cluster')
    .nullable(),
);
const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `one of ${values.join(', ')}`);
const instant = text
  .refine((value) => value === '' || !Number.isNaN(Date.parse(value)), 'an instant such as 2026-01-31T00:00:00Z')
  .transform((value) => (value === '' ? null : Math.floor(Date.parse(value) / 1000)));
const lossPolicy = oneOf('halt', 'continue');

function setting<T>(group: Setting<T>['group'], schema: z.ZodType<T>, fallback: string, doc: string): Setting<T> {
  return { group, schema, fallback, doc };
}

/** Every setting of the program, in the order of the reference (docs/configuration.md). */
export const SETTINGS = {
  KAFKA_BROKERS: setting(
    'connections',
    brokers,
    '',
    'Kafka brokers, host:port separated by commas. Unset: the embedded log in CLV_HOME.',
  ),
  KAFKA_SSL: setting('connections', flag, 'false', 'TLS to Kafka.'),
  KAFKA_SSL_CA: setting('connections', optional, '', 'File with the certificate authority of Kafka, PEM.'),
  KAFKA_SASL_MECHANISM: setting(
    'connections',
    oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
    'none',
    'Mechanism of the login to Kafka.',
  ),
  KAFKA_SASL_USERNAME: setting('connections', optional, '', 'User at Kafka.'),
  KAFKA_SASL_PASSWORD: { ...setting('connections', optional, '', 'Password at Kafka.'), secret: true },
  REDIS_URL: {
    ...setting(
      'connections',
      redisUrl,
      '',
      'Redis (redis://, rediss:// for TLS), or nodes of a cluster, or Sentinels, separated by commas. Set together with KAFKA_BROKERS.',
    ),
    secret: true,
  },
  REDIS_MODE: setting(
    'connections',
    oneOf('auto', 'single', 'cluster', 'sentinel'),
    'auto',
    'Kind of Redis behind REDIS_URL. auto: one URL is a single Redis, several are a cluster. A cluster behind one address needs cluster.',
  ),
  REDIS_AOF_REWRITE: setting(
    'connections',
    oneOf('after-start', 'never'),
    'after-start',
    'after-start: after each start of a Redis with an append-only file, scorers send BGREWRITEAOF once. Without it, a second crash can stop a partition (docs/decisions/053-torn-commits.md). never: for a Redis that lacks the memory for the fork (up to twice its data) or refuses the command; then run it by hand after a crash.',
  ),
  REDIS_SENTINEL_MASTER: setting(
    'connections',
    optional,
    '',
    'Name of the master that the Sentinels watch. Set together with REDIS_MODE=sentinel.',
  ),
  REDIS_SENTINEL_USERNAME: setting(
    'connections',
    optional,
    '',
    'User at the Sentinels, if REDIS_URL does not hold one.',
  ),
  REDIS_SENTINEL_PASSWORD: {
    ...setting('connections', optional, '', 'Password at the Sentinels, if REDIS_URL does not hold one.'),
    secret: true,
  },
  REDIS_USERNAME: setting(
    'connections',
    optional,
    '',
    'User at Redis, if REDIS_URL does not hold one. With Sentinels the login in REDIS_URL is theirs, and this one is for Redis.',
  ),
  REDIS_PASSWORD: {
    ...setting('connections', optional, '', 'Password at Redis; see REDIS_USERNAME.'),
    secret: true,
  },
  REDIS_SSL_CA: setting('connections', optional, '', 'File with the certificate authority of Redis, PEM.'),
  SCHEMA_REGISTRY_URL: setting(
    'connections',
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
  SCHEMA_REGISTRY_SSL_CA: setting(
    'connections',
    optional,
    '',
    'File with the certificate authority of the schema registry, PEM.',
  ),
  SCHEMA_REGISTRY_USERNAME: setting(
    'connections',
    optional,
    '',
    'User at the schema registry, for basic authentication.',
  ),
  SCHEMA_REGISTRY_PASSWORD: {
    ...setting(
      'connections',
      optional,
      '',
      'Password at the schema registry; for Confluent Cloud the secret of the API key.',
    ),
    secret: true,
  },
  SCHEMA_REGISTRY_TOKEN: {
    ...setting('connections', optional, '', 'Bearer token for the schema registry, instead of user and password.'),
    secret: true,
  },
  CLV_REDIS_PREFIX: setting('connections', name, 'clv', 'First part of every key in Redis.'),
  CLV_HOME: setting(
    'connections',
    text.min(1, 'a folder'),
    '.clv-stream',
    'Folder of the embedded log and state, and of the trainer store.',
  ),
  CLV_EMBEDDED_MAX_RECORDS: setting(
    'connections',
    whole(0, 1_000_000_000),
    '0',
    'Records that the embedded log keeps per partition; 0 keeps all.',
  ),
  CLV_APP: setting(
    'connections',
    name,
    'clv-stream',
    'Consumer group, and first part of transactional ids: one per deployment.',
  ),

  CLV_TOPIC_ORDERS: setting('topics', topic, 'orders', 'Topic of orders, refunds and cancellations.'),
  CLV_TOPIC_CLICKS: setting('topics', topic, 'clicks', 'Topic of clicks.'),
  CLV_TOPIC_BROWSES: setting('topics', topic, 'browses', 'Topic of browses.'),
  CLV_TOPIC_TICKS: setting('topics', topic, 'clv-ticks', 'Topic that carries time.'),
  CLV_TOPIC_REVIEWS: setting('topics', topic, 'reviews', 'Topic of reviews. It stays empty if the shop has none.'),
  CLV_TOPIC_CUSTOMERS: setting(
    'topics',
    topic,
    'customers',
    "Compacted topic of customers' attributes. It stays empty if there are none.",
  ),
  CLV_TOPIC_UPDATES: setting('topics', topic, 'clv-updates', 'Topic of CLV updates.'),
  CLV_TOPIC_DEAD_LETTERS: setting(
    'topics',
    topic,
    'clv-dead-letters',
    'Topic of records that could not become an update.',
  ),
  CLV_TOPIC_MODELS: setting('topics', topic, 'clv-models', 'Topic of model artefacts.'),
  CLV_TOPIC_EXAMPLES: setting(
    'topics',
    topic,
    'clv-examples',
    'Topic of labelled examples, through which several trainers share their work. It exists with CLV_TRAIN_SHARED=true only.',
  ),
  CLV_TOPIC_LEARNING: setting(
    'topics',
    topic,
    'clv-learning',
    'Topic of the days that are learnt, and what was learnt on them. It exists with CLV_TRAIN_SHARED=true only.',
  ),
  CLV_PARTITIONS: setting('topics', whole(1, 1000), '12', 'Partitions of every input topic that setup creates.'),
  CLV_PARTITIONER: setting(
    'topics',
    oneOf('murmur2', 'crc32', 'arrival'),
    'murmur2',
    "How producers choose the partition of a customer: Java's and kafkajs's murmur2, librdkafka's crc32, or arrival to trust them.",
  ),
  CLV_CURRENCY: setting(
    'topics',
    currency,
    DEFAULT_CURRENCY,
    'The only currency of the deployment, ISO 4217. Orders in another one become dead letters.',
  ),
  CLV_MAX_FUTURE_SECONDS: setting(
    'topics',
    whole(0, 3_153_600_000),
    '86400',
    'Maximum seconds by which an event time may be later than the time its record was written, and that time later than the local clock (at least an hour). See docs/time.md.',
  ),
  CLV_MAX_DECOMPRESSED_BYTES: setting(
    'topics',
    whole(1_048_576, 1_073_741_824),
    '33554432',
    'Maximum bytes of a batch after decompression. The rest of a larger batch becomes one dead letter. Must be the same for every process of a deployment.',
  ),
  CLV_SCHEMA_DIR: setting(
    'topics',
    optional,
    '',
    "Folder with registry.json (schema id → file) for producers' records. Ids that it lacks are this program's own. Unset: the program's own schemas.",
  ),
  CLV_SCHEMA_WAIT_SECONDS: setting(
    'topics',
    whole(0, 86_400),
    '60',
    'A record whose schema is not known yet waits for a schema registry that is away. After so many seconds a command fails. A scorer, trainer or api logs an error and goes on waiting.',
  ),
  CLV_SUBJECT_STRATEGY: setting(
    'topics',
    oneOf('topic-name', 'record-name', 'topic-record-name'),
    'topic-name',
    'How setup --register and scorers name the subjects of the output schemas, as TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.',
  ),

  CLV_DELIVERY: setting(
    'scorer',
    oneOf('exactly-once', 'at-least-once'),
    'exactly-once',
    'Delivery guarantee for readers of clv-updates on Kafka.',
  ),
  CLV_EMISSION: setting(
    'scorer',
    oneOf('every', 'coalesce', 'latest'),
    'every',
    'Published updates: one per event; one per customer and micro-batch; or one per customer and CLV_EMISSION_WINDOW_MS (Kafka only).',
  ),
  CLV_EMISSION_WINDOW_MS: setting(
    'scorer',
    whole(1, 60_000),
    '1000',
    'With CLV_EMISSION=latest, processing time between two publications of a partition, milliseconds. It is shorter if 32 micro-batches wait, or if the partition is being released.',
  ),
  CLV_SESSION_TIMEOUT_MS: setting(
    'scorer',
    whole(1_000, 1_800_000),
    '15000',
    'Milliseconds without a heartbeat of a scorer until the group assigns its partitions to others. If peers do not take them over before (CLV_LEASE_MS), its partitions are not scored for this time after a kill.',
  ),
  CLV_LEASE_MS: setting(
    'scorer',
    whole(0, 60_000),
    '1000',
    'On Kafka: milliseconds without a sign of life of a scorer in Redis until its peers take its partitions over. They do not wait for CLV_SESSION_TIMEOUT_MS then. 0 switches it off.',
  ),
  CLV_MAX_BATCH: setting('scorer', whole(1, 500), '500', 'Maximum records per micro-batch and partition.'),
  CLV_MAX_BATCH_BYTES: setting(
    'scorer',
    whole(1024, 268_435_456),
    '4194304',
    'Maximum bytes of input per micro-batch, and of its updates and dead letters in the outbox. A larger record is folded alone.',
  ),
  CLV_MAX_QUEUED_RECORDS: setting(
    'scorer',
    whole(1, 1_000_000),
    '4000',
    'A topic of a partition is paused above this many waiting records.',
  ),
  CLV_MAX_QUEUED_BYTES: setting(
    'scorer',
    whole(1024, 1_073_741_824),
    '4194304',
    'A topic of a partition is paused above this many waiting bytes.',
  ),
  CLV_MAX_QUEUED_BYTES_TOTAL: setting(
    'scorer',
    whole(1024, 17_179_869_184),
    '268435456',
    'All topics with waiting records are paused above this many waiting bytes in a scorer.',
  ),
  CLV_STATE_CACHE_BYTES: setting(
    'scorer',
    whole(0, 17_179_869_184),
    '67108864',
    'Memory for states that a scorer wrote to Redis and need not read again, about 1,000 bytes for each customer. 0: none. The embedded store has none.',
  ),
  CLV_MAX_IDLE_MS: setting(
    'scorer',
    whole(0, 60_000),
    '5000',
    'Maximum wait for an empty topic that is not read to its end, milliseconds. The wait lets topics be merged by event time.',
  ),
  CLV_QUIET_SECONDS: setting(
    'scorer',
    whole(1, 31_536_000),
    '72000',
    'A tick re-scores customers whose last score is older than this, seconds of event time.',
  ),
  CLV_QUIET_CHANGE: setting(
    'scorer',
    real(0, 1),
    '0.005',
    'An update of a re-scored quiet customer is published if the value moved by more than this share.',
  ),
  CLV_ON_STATE_LOST: setting(
    'scorer',
    lossPolicy,
    'halt',
    'If the state is gone although updates were published: halt the partition, or continue by folding the records left in the log.',
  ),
  CLV_ON_OFFSETS_EXPIRED: setting(
    'scorer',
    lossPolicy,
    'halt',
    "If the group's offsets are gone although state exists: halt the partition, or continue from the published offsets in the state.",
  ),
  CLV_ON_LOG_LOST: setting(
    'scorer',
    lossPolicy,
    'halt',
    'If the log no longer holds records that were not folded: halt the partition, or continue from the start of the log.',
  ),
  CLV_MODEL: setting(
    'scorer',
    optional,
    '',
    'First artefact, if the model registry has none. Unset: the weights shipped with the program.',
  ),

  CLV_BACKEND: setting(
    'trainer',
    oneOf('auto', 'native', 'wasm'),
    'auto',
    'TensorFlow backend of the trainer; auto tries native, then WebAssembly.',
  ),
  CLV_REFIT_EVERY_DAYS: setting(
    'trainer',
    whole(0, 365),
    '7',
    "Days of event time between two refits of the shop's statistics; 0 for never.",
  ),
  CLV_TRAIN_EVERY_DAYS: setting(
    'trainer',
    whole(0, 365),
    '7',
    'Days of event time between two rounds of training; 0 for never.',
  ),
  CLV_TRAIN_OBJECTIVE: setting(
    'trainer',
    oneOf('closed', 'fixed-target', 'td'),
    'fixed-target',
    'How open label intervals are learnt from: closed, not at all; fixed-target, with the forecast of the model in force; td, with that of the network in training.',
  ),
  CLV_LATENESS_SECONDS: setting(
    'trainer',
    whole(0, 31_536_000),
    '3600',
    "Allowed lateness: an event may be this much older than its topic's newest event and still count in a label, seconds.",
  ),
  CLV_ORIGIN_EVERY_DAYS: setting(
    'trainer',
    real(0.01, 365),
    '7',
    'Days of event time between two forecast origins of a customer.',
  ),
  CLV_TRAIN_QUORUM: setting(
    'trainer',
    whole(1, 1_000),
    '3',
    'Least number of customers of a topic and partition that move the event time of labels. 1: the newest record does, so one wrong date closes them.',
  ),
  CLV_TRAIN_SILENCE_DAYS: setting(
    'trainer',
    whole(0, 365),
    '7',
    'Days after which the local clock stands for a quorum that does not come, in a live stream; 0 for never.',
  ),
  CLV_TRAIN_TIME_CONFIRMED: setting(
    'trainer',
    instant,
    '',
    'Confirms that event time has jumped to this instant (ISO 8601), so that it needs no quorum. Set it on every trainer, restart them, and remove it afterwards.',
  ),
  CLV_TRAIN_SHARED: setting(
    'trainer',
    flag,
    'false',
    'true: several trainers share the label work by partitions, and one of them trains. Needs Kafka. Must be the same for setup and every trainer of a deployment.',
  ),
  CLV_TRAIN_SEED: setting('trainer', whole(0, 4_294_967_295), '1', 'Seed of the choice and order of examples.'),

  CLV_HTTP_HOST: setting('web', text.min(1, 'an address'), '127.0.0.1', 'Address that the HTTP server binds to.'),
  CLV_HTTP_PORT: setting(
    'web',
    z.union([z.literal('auto'), whole(0, 65_535)], 'auto, or a whole number from 0 to 65535'),
    'auto',
    'Port of the HTTP server. auto: 8080, or the next free one if other processes have taken it. 0: any free one. Each process logs its address.',
  ),
  CLV_HTTP_TOKEN: {
    ...setting(
      'web',
      optional,
      '',
      'Bearer token that callers must send. This one or CLV_HTTP_TOKENS_FILE is required if CLV_HTTP_HOST is not a loopback address.',
    ),
    secret: true,
  },
  CLV_HTTP_TOKENS_FILE: {
    ...setting(
      'web',
      optional,
      '',
      'File of further tokens: lines of NAME ROLES TOKEN, with the roles read, operate and erase. It is read again when it changes.',
    ),
    secret: true,
  },
  CLV_HTTP_RATE_LIMIT: setting(
    'web',
    whole(0, 1_000_000),
    '6000',
    'Requests a minute that one address may send; 0 for any number. Health, the page and /openapi.json do not count.',
  ),
  CLV_HTTP_COMPRESSION: setting(
    'web',
    flag,
    'true',
    'true: answers above 1 KB are compressed, if the caller takes it.',
  ),
  CLV_HTTP_CORS_ORIGINS: setting(
    'web',
    list.pipe(z.array(z.string().regex(/^https?:\/\/[^/\s]+$/, 'origins such as https://shop.example'))),
    '',
    'Origins whose pages may read answers in a browser, separated by commas. Unset: none.',
  ),

  CLV_LOG_LEVEL: setting(
    'program',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'Minimum level of log lines.',
  ),
  CLV_LOG_FORMAT: setting(
    'program',
    oneOf('auto', 'json', 'text'),
    'auto',
    'auto writes text to a terminal and JSON elsewhere.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [N in SettingName]: z.output<(typeof SETTINGS)[N]['schema']> };

/** Variables of scripts and tests. They are listed so that they do not count as unknown settings. */
export const OTHER_VARIABLES: readonly string[] = [
  'CLV_CONFIG',
  'CLV_DATA_DIR',
  'CLV_CACHE_DIR',
  'CLV_TEST_SERVICES',
  'CLV_TEST_SEED',
  'CLV_TEST_STREAMS',
  'CLV_CHAOS_AWAY_SECONDS',
  'CLV_BACKEND_DIR',
];
