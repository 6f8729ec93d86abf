import { lossPolicy, oneOf, optional, real, whole } from './kinds';
import { type Setting, settingOf } from './setting';

const setting = settingOf('scorer');

/** How events are scored and published. */
export const SCORER = {
  CLV_DELIVERY: setting(
    oneOf('exactly-once', 'at-least-once'),
    'exactly-once',
    'Delivery guarantee for readers of clv-updates on Kafka.',
  ),
  CLV_EMISSION: setting(
    oneOf('every', 'coalesce', 'latest'),
    'every',
    'Published updates: one per event; one per customer and micro-batch; or one per customer and CLV_EMISSION_WINDOW_MS (Kafka only).',
  ),
  CLV_EMISSION_WINDOW_MS: setting(
    whole(1, 60_000),
    '1000',
    'With CLV_EMISSION=latest, processing time between two publications of a partition, milliseconds. It is shorter if 32 micro-batches wait, or if the partition is being released.',
  ),
  CLV_SESSION_TIMEOUT_MS: setting(
    whole(1_000, 1_800_000),
    '15000',
    'Milliseconds without a heartbeat of a scorer until the group assigns its partitions to others. If peers do not take them over before (CLV_LEASE_MS), its partitions are not scored for this time after a kill.',
  ),
  CLV_LEASE_MS: setting(
    whole(0, 60_000),
    '1000',
    'On Kafka: milliseconds without a sign of life of a scorer in Redis until its peers take its partitions over. They do not wait for CLV_SESSION_TIMEOUT_MS then. 0 switches it off.',
  ),
  CLV_MAX_BATCH: setting(whole(1, 500), '500', 'Maximum records per micro-batch and partition.'),
  CLV_MAX_BATCH_BYTES: setting(
    whole(1024, 268_435_456),
    '4194304',
    'Maximum bytes of input per micro-batch, and of its updates and dead letters in the outbox. A larger record is folded alone.',
  ),
  CLV_MAX_QUEUED_RECORDS: setting(
    whole(1, 1_000_000),
    '4000',
    'A topic of a partition is paused above this many waiting records.',
  ),
  CLV_MAX_QUEUED_BYTES: setting(
    whole(1024, 1_073_741_824),
    '4194304',
    'A topic of a partition is paused above this many waiting bytes.',
  ),
  CLV_MAX_QUEUED_BYTES_TOTAL: setting(
    whole(1024, 17_179_869_184),
    '268435456',
    'All topics with waiting records are paused above this many waiting bytes in a scorer.',
  ),
  CLV_STATE_CACHE_BYTES: setting(
    whole(0, 17_179_869_184),
    '67108864',
    'Memory for states that a scorer wrote to Redis and need not read again, about 1,000 bytes for each customer. 0: none. The embedded store has none.',
  ),
  CLV_MAX_IDLE_MS: setting(
    whole(0, 60_000),
    '5000',
    'Maximum wait for an empty topic that is not read to its end, milliseconds. The wait lets topics be merged by event time.',
  ),
  CLV_QUIET_SECONDS: setting(
    whole(1, 31_536_000),
    '72000',
    'A tick re-scores customers whose last score is older than this, seconds of event time.',
  ),
  CLV_QUIET_CHANGE: setting(
    real(0, 1),
    '0.005',
    'An update of a re-scored quiet customer is published if the value moved by more than this share.',
  ),
  CLV_ON_STATE_LOST: setting(
    lossPolicy,
    'halt',
    'If the state is gone although updates were published: halt the partition, or continue by folding the records left in the log.',
  ),
  CLV_ON_OFFSETS_EXPIRED: setting(
    lossPolicy,
    'halt',
    "If the group's offsets are gone although state exists: halt the partition, or continue from the published offsets in the state.",
  ),
  CLV_ON_LOG_LOST: setting(
    lossPolicy,
    'halt',
    'If the log no longer holds records that were not folded: halt the partition, or continue from the start of the log.',
  ),
  CLV_MODEL: setting(
    optional,
    '',
    'First artefact, if the model registry has none. Unset: the weights shipped with the program.',
  ),
} as const satisfies Record<string, Setting<unknown>>;
