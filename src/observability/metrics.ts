/** The only list of metrics: the observer registers them and docs/metrics.md is generated from it. */

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricSpec {
  readonly name: string;
  readonly type: MetricType;
  /** Meaning and unit. */
  readonly help: string;
  /** Never a customer id: the number of series is bounded by partitions, versions and literals. */
  readonly labels: readonly string[];
  /** Upper bounds, histograms only. */
  readonly buckets?: readonly number[];
}

/** Seconds of one micro-batch: from one record folded in memory to a store that hardly responds. */
const BATCH_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Seconds from a record's log timestamp to its commit: from less than one poll to a backlog. */
const END_TO_END_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const TRAINING_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const HTTP_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** `model`: served (whichever version was in force), current or previous. `horizon_days`: 7, 30, 90 or 365. */
const SCORED = ['model', 'horizon_days'] as const;
const QUANTITY = [...SCORED, 'quantity'] as const;
/** `segment`: all, or orders at the origin: 0, 1, 2-3 or 4+. */
const SEGMENT = [...QUANTITY, 'segment'] as const;

export const METRICS = {
  // flow
  events: counter('clv_events_total', 'Input records folded, by kind of event.', ['kind']),
  updates: counter('clv_updates_total', 'CLV updates produced by committed micro-batches.'),
  deadLetters: counter('clv_dead_letters_total', 'Input records that could not become an update, by reason.', [
    'reason',
  ]),
  copartitionMismatch: counter(
    'clv_copartition_mismatch_total',
    'Input records found in a partition that their key does not hash to, by topic.',
    ['topic'],
  ),
  tooLate: counter('clv_events_too_late_total', 'Late events from before the window start: in the summary only.'),
  coalesced: counter(
    'clv_events_coalesced_total',
    'Clicks and browses counted without a step of their own (burst limit).',
  ),
  replayed: counter('clv_events_replayed_total', 'Events that caused a replay of their window.'),
  sweepFailures: counter(
    'clv_sweep_failures_total',
    'Quiet customers that a tick could not re-score because of an exception.',
  ),
  inputsCleaned: counter(
    'clv_inputs_cleaned_total',
    'Inputs cleaned before they became features, by kind of cleaning.',
    ['what'],
  ),
  lag: gauge('clv_lag_records', 'Input records between the next offset to fold and the end of the log.', ['partition']),
  assignedPartitions: gauge('clv_assigned_partitions', 'Partitions that this process owns.'),

  // latency
  batchSeconds: histogram('clv_batch_seconds', 'Fold, score and commit of one micro-batch, seconds.', BATCH_SECONDS),
  publishSeconds: histogram('clv_publish_seconds', 'One publishing transaction, seconds.', BATCH_SECONDS),
  endToEndSeconds: histogram(
    'clv_end_to_end_seconds',
    'Log timestamp of a sampled record to its commit, seconds.',
    END_TO_END_SECONDS,
  ),
  eventLoopLag: gauge(
    'clv_event_loop_lag_seconds',
    'Delay of the event loop since the last scrape, seconds, by quantile.',
    ['quantile'],
  ),

  // delivery
  publishedRecords: counter(
    'clv_published_records_total',
    'Records published by transactions (updates and dead letters).',
  ),
  fenced: counter('clv_fenced_total', 'Commits or transactions refused because another owner took over.', ['by']),
  leaseMoves: counter(
    'clv_lease_moves_total',
    'Partitions that moved before the group knew: taken from a silent scorer, yielded to a peer, or handed-back.',
    ['how'],
  ),
  customersSetAside: gauge(
    'clv_customers_set_aside',
    'Customers whose records become dead letters, because their state is damaged or gone. Counted from their first event on.',
    ['partition'],
  ),
  standing: gauge(
    'clv_partition_standing_seconds',
    'Seconds for which a step of a partition has failed repeatedly, or the partition has been halted; 0 while it makes progress.',
    ['partition'],
  ),
  losses: counter(
    'clv_losses_total',
    'Times that a partition found its state, its offsets or a part of its log gone, by reason.',
    ['reason'],
  ),
  logLostRecords: counter(
    'clv_log_lost_records_total',
    'Input offsets that retention deleted before they were folded, counted each time a partition detects the loss.',
  ),
  offsetsOverruled: counter(
    'clv_offsets_overruled_total',
    "Times that the consumer group's offsets of a partition contradicted the published records and were ignored, by reason.",
    ['reason'],
  ),
  topicFault: gauge(
    'clv_topic_fault',
    '1 while an input topic has a fault: partitions (another count), missing, or recreated since the start.',
    ['topic', 'fault'],
  ),
  dependencyUp: gauge('clv_dependency_up', '1 while the dependency responds, else 0.', ['dependency']),
  ready: gauge('clv_ready', '1 while the process is ready to do its work, else 0.'),
  notices: counter('clv_notices_total', 'Log lines for people, by level.', ['level']),

  // model
  modelInfo: gauge('clv_model_info', 'Always 1. The label is the model version in use.', ['version']),
  modelAge: gauge('clv_model_age_seconds', 'Age of the model in use since its announcement, seconds.'),
  modelSwaps: counter('clv_model_swaps_total', 'Models swapped in between two micro-batches.'),
  modelRefusals: counter(
    'clv_model_refusals_total',
    'Announced models that failed their checks and were not swapped in.',
  ),
  trainingLoss: gauge('clv_training_loss', "Loss of the trainer's last round, nats per closed interval.", ['scope']),
  trainingExamples: counter('clv_training_examples_total', 'Examples that the trainer has trained on.', ['scope']),
  trainingSeconds: histogram('clv_training_round_seconds', 'One round of the trainer, seconds.', TRAINING_SECONDS),
  gateVerdicts: counter('clv_gate_verdicts_total', 'Verdicts of the promotion gate.', ['verdict']),
  gateLoss: gauge('clv_gate_loss', 'Paired matured loss at the last verdict, nats per closed interval.', ['contender']),
  gateOrigins: gauge('clv_gate_origins', 'Matured origins that the last verdict was based on.'),
  openOrigins: gauge('clv_label_open_origins', 'Scored origins that still have open label intervals.'),
  closedIntervals: gauge('clv_label_closed_intervals', "Label intervals closed so far, over the trainer's whole life."),
  reservoir: gauge('clv_label_reservoir_origins', 'Origins kept in the stratified reservoir.'),
  labelLate: gauge(
    'clv_label_late_events',
    "Orders, refunds and cancellations that came after their label interval had closed, once for each label that misses them, over the trainer's whole life.",
  ),
  labelHeld: gauge(
    'clv_label_held_seconds',
    'Event time by which the newest record is ahead of what a quorum of customers has passed, seconds; 0 unless it has jumped. Labels wait meanwhile.',
  ),
  tierCut: gauge(
    'clv_tier_cut',
    'The cut in force below a value tier, major units of the currency; absent before the first release.',
    ['tier'],
  ),
  tierShare: gauge(
    'clv_tier_share',
    'Share of the customers in a value tier, by their newest scores and the cuts in force.',
    ['tier'],
  ),
  tierReleased: gauge(
    'clv_tier_release_timestamp_seconds',
    'When the cuts in force were released, seconds since the epoch.',
  ),
  tierOff: gauge(
    'clv_tier_shares_off',
    '1 while the shares of the value tiers are off and no new cuts are released, else 0.',
  ),
  timeDecided: counter(
    'clv_training_ahead_records_total',
    "Records from the future that the trainer met, by decision: refused (by a scorer), accepted (by a scorer, against the trainer's clock) or unconfirmed (refused by the trainer's clock alone).",
    ['decision'],
  ),
  watermark: gauge(
    'clv_label_watermark_timestamp_seconds',
    'Event-time watermark of the labels, seconds since the epoch.',
  ),

  // several trainers (CLV_TRAIN_SHARED)
  trainerLearns: gauge('clv_trainer_learns', '1 in the trainer that trains and publishes models, 0 in the others.'),
  trainerDay: gauge(
    'clv_trainer_day_timestamp_seconds',
    'End of the day of event time that the trainer works up to, seconds since the epoch.',
  ),
  trainerMissing: gauge(
    'clv_trainer_missing_partitions',
    'Partitions whose labels of the day are missing, in the trainer that learns; 0 in the others.',
  ),

  // prequential: scores stored at the forecast origin, judged when their horizon has matured
  prequentialVersion: gauge('clv_prequential_version_info', 'Always 1. The labels map a model label to its version.', [
    'model',
    'version',
  ]),
  prequentialJudged: gauge('clv_prequential_judged', "Scores judged so far, over the trainer's whole life.", [
    'horizon_days',
  ]),
  prequentialScores: gauge('clv_prequential_scores', 'Newest judged scores from which the figures are computed.', [
    ...SCORED,
    'segment',
  ]),
  prequentialRatio: gauge('clv_prequential_ratio', 'Predicted total over actual total.', SEGMENT),
  prequentialCoverage: gauge(
    'clv_prequential_coverage',
    'Share of the randomised PIT in the central 80 or 95 %. It equals that share if the distribution is right.',
    [...SEGMENT, 'nominal'],
  ),
  prequentialPlainCoverage: gauge(
    'clv_prequential_plain_coverage',
    'Share of the outcomes at or below the 90 % quantile.',
    QUANTITY,
  ),
  prequentialPlainCoverageExpected: gauge(
    'clv_prequential_plain_coverage_expected',
    'Mean of max(0.9, P(0)): the plain coverage if the distribution is right.',
    QUANTITY,
  ),
  prequentialAbsoluteError: gauge(
    'clv_prequential_absolute_error',
    'Mean absolute error, orders or major units.',
    QUANTITY,
  ),
  prequentialSquaredError: gauge(
    'clv_prequential_root_squared_error',
    'Root of the mean squared error, orders or major units.',
    QUANTITY,
  ),
  prequentialCrps: gauge(
    'clv_prequential_crps',
    'Mean continuous ranked probability score, orders or major units.',
    QUANTITY,
  ),
  prequentialSpearman: gauge('clv_prequential_spearman', 'Rank correlation of expected and actual.', QUANTITY),
  prequentialGini: gauge(
    'clv_prequential_normalized_gini',
    'Normalised Gini: 1 for the ranking by actual values, 0 for a random ranking.',
    QUANTITY,
  ),
  prequentialDecileError: gauge(
    'clv_prequential_decile_error',
    'Sum over deciles of |predicted − actual|, divided by the actual total.',
    QUANTITY,
  ),
  prequentialBrier: gauge('clv_prequential_brier', 'Mean squared error of the order probability.', SCORED),
  prequentialCalibrationError: gauge(
    'clv_prequential_calibration_error',
    'Expected calibration error of the order probability over ten bins.',
    SCORED,
  ),
  prequentialAuc: gauge('clv_prequential_auc', 'Area under the ROC curve of "orders again".', SCORED),
  prequentialLoss: gauge('clv_prequential_loss', 'Mean loss of the count of orders, nats.', SCORED),

  // calibration of log-spend sigma, on customers never trained on
  calibrationFactor: gauge('clv_calibration_sigma_factor', 'Adapted factor on log-spend sigma, by orders so far.', [
    'segment',
  ]),
  calibrationCoverage: gauge(
    'clv_calibration_coverage',
    "Share of the newest labels inside the champion's central 80 % of spend, given an order, before a release.",
    ['segment'],
  ),
  calibrationLabels: gauge(
    'clv_calibration_labels',
    'Newest matured labels with spend from which the factor is computed.',
    ['segment'],
  ),
  calibrationReleases: counter(
    'clv_calibration_releases_total',
    'Releases in which only the calibration of log-spend sigma changed.',
  ),

  // api
  viewCustomers: gauge('clv_view_customers', 'Customers in the materialised view of the api.'),
  viewLag: gauge('clv_view_lag_records', 'Update records that the view of the api has not read yet.'),
  httpRequests: counter('clv_http_requests_total', 'HTTP requests answered, by route and status.', ['route', 'status']),
  httpSeconds: histogram('clv_http_request_seconds', 'HTTP request to answer, seconds.', HTTP_SECONDS, ['route']),
} as const satisfies Record<string, MetricSpec>;

export type MetricKey = keyof typeof METRICS;

function counter(name: string, help: string, labels: readonly string[] = []): MetricSpec {
  return { name, type: 'counter', help, labels };
}

function gauge(name: string, help: string, labels: readonly string[] = []): MetricSpec {
  return { name, type: 'gauge', help, labels };
}

function histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): MetricSpec {
  return { name, type: 'histogram', help, labels, buckets };
}
