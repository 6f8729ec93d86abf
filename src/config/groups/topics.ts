import { DEFAULT_CURRENCY } from '../../domain/currency';
import { currency, oneOf, optional, topic, whole } from './kinds';
import { type Setting, settingOf } from './setting';

const setting = settingOf('topics');

/** Names and properties of topics. */
export const TOPICS = {
  CLV_TOPIC_ORDERS: setting(topic, 'orders', 'Topic of orders, refunds and cancellations.'),
  CLV_TOPIC_CLICKS: setting(topic, 'clicks', 'Topic of clicks.'),
  CLV_TOPIC_BROWSES: setting(topic, 'browses', 'Topic of browses.'),
  CLV_TOPIC_TICKS: setting(topic, 'clv-ticks', 'Topic that carries time.'),
  CLV_TOPIC_REVIEWS: setting(topic, 'reviews', 'Topic of reviews. It stays empty if the shop has none.'),
  CLV_TOPIC_CUSTOMERS: setting(
    topic,
    'customers',
    "Compacted topic of customers' attributes. It stays empty if there are none.",
  ),
  CLV_TOPIC_UPDATES: setting(topic, 'clv-updates', 'Topic of CLV updates.'),
  CLV_TOPIC_DEAD_LETTERS: setting(topic, 'clv-dead-letters', 'Topic of records that could not become an update.'),
  CLV_TOPIC_MODELS: setting(topic, 'clv-models', 'Topic of model artefacts.'),
  CLV_TOPIC_EXAMPLES: setting(
    topic,
    'clv-examples',
    'Topic of labelled examples, through which several trainers share their work. It exists with CLV_TRAIN_SHARED=true only.',
  ),
  CLV_TOPIC_LEARNING: setting(
    topic,
    'clv-learning',
    'Topic of the days that are learnt, and what was learnt on them. It exists with CLV_TRAIN_SHARED=true only.',
  ),
  CLV_PARTITIONS: setting(whole(1, 1000), '12', 'Partitions of every input topic that setup creates.'),
  CLV_PARTITIONER: setting(
    oneOf('murmur2', 'crc32', 'arrival'),
    'murmur2',
    "How producers choose the partition of a customer: Java's and kafkajs's murmur2, librdkafka's crc32, or arrival to trust them.",
  ),
  CLV_CURRENCY: setting(
    currency,
    DEFAULT_CURRENCY,
    'The only currency of the deployment, ISO 4217. Orders in another one become dead letters.',
  ),
  CLV_MAX_FUTURE_SECONDS: setting(
    whole(0, 3_153_600_000),
    '86400',
    'Maximum seconds by which an event time may be later than the time its record was written, and that time later than the local clock (at least an hour). See docs/time.md.',
  ),
  CLV_MAX_DECOMPRESSED_BYTES: setting(
    whole(1_048_576, 1_073_741_824),
    '33554432',
    'Maximum bytes of a batch after decompression. The rest of a larger batch becomes one dead letter. Must be the same for every process of a deployment.',
  ),
  CLV_SCHEMA_DIR: setting(
    optional,
    '',
    "Folder with registry.json (schema id → file) for producers' records. Ids that it lacks are this program's own. Unset: the program's own schemas.",
  ),
  CLV_SCHEMA_WAIT_SECONDS: setting(
    whole(0, 86_400),
    '60',
    'A record whose schema is not known yet waits for a schema registry that is away. After so many seconds a command fails. A scorer, trainer or api logs an error and goes on waiting.',
  ),
  CLV_SUBJECT_STRATEGY: setting(
    oneOf('topic-name', 'record-name', 'topic-record-name'),
    'topic-name',
    'How setup --register and scorers name the subjects of the output schemas, as TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.',
  ),
} as const satisfies Record<string, Setting<unknown>>;
