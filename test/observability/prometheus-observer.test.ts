import { METRICS, type MetricSpec } from '../../src/observability/metrics';
import { createPrometheusObserver, type PrometheusObserver } from '../../src/observability/prometheus-observer';
import { TEN_RECORDS } from './batch-facts';

let ready = true;
let observer: PrometheusObserver;

beforeEach(() => {
  ready = true;
  observer = createPrometheusObserver({
    nowMs: () => 61_000,
    ready: () => ready,
  });
});

afterEach(() => observer.close());

async function sample(series: string): Promise<number | undefined> {
  const { body } = await observer.scrape();
  const line = body.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('a micro-batch is counted once, by kind and reason', async () => {
  observer.observe(TEN_RECORDS);
  expect(await sample('clv_events_total{kind="click"}')).toBe(5);
  expect(await sample('clv_updates_total')).toBe(9);
  expect(await sample('clv_dead_letters_total{reason="wrong-partition"}')).toBe(1);
  expect(await sample('clv_copartition_mismatch_total{topic="orders"}')).toBe(1);
  expect(await sample('clv_events_too_late_total')).toBe(1);
  expect(await sample('clv_batch_seconds_bucket{le="0.005"}')).toBe(1);
  // A record stamped by a clock ahead of ours counts as no time, not as negative time.
  expect(await sample('clv_end_to_end_seconds_bucket{le="0.005"}')).toBe(1);
  expect(await sample('clv_end_to_end_seconds_count')).toBe(2);
});

test('what is lost is counted by reason, and what the log has lost by records', async () => {
  expect(await sample('clv_log_lost_records_total')).toBe(0);
  observer.observe({ kind: 'loss-found', partition: 2, reason: 'log-lost', records: 30 });
  observer.observe({ kind: 'loss-found', partition: 2, reason: 'state-lost', records: 0 });
  expect(await sample('clv_log_lost_records_total')).toBe(30);
  expect(await sample('clv_losses_total{reason="log-lost"}')).toBe(1);
  expect(await sample('clv_losses_total{reason="state-lost"}')).toBe(1);
});

test('overruled offsets are counted by reason', async () => {
  observer.observe({ kind: 'offsets-overruled', partition: 2, reason: 'stale' });
  observer.observe({ kind: 'offsets-overruled', partition: 3, reason: 'stale' });
  observer.observe({ kind: 'offsets-overruled', partition: 2, reason: 'moved' });
  expect(await sample('clv_offsets_overruled_total{reason="stale"}')).toBe(2);
  expect(await sample('clv_offsets_overruled_total{reason="moved"}')).toBe(1);
});

test('lag lives and dies with the assignment', async () => {
  observer.observe({ kind: 'partition-assigned', partition: 3 });
  observer.observe({ kind: 'partition-assigned', partition: 4 });
  observer.observe({ kind: 'lag', partition: 3, records: 120 });
  expect(await sample('clv_lag_records{partition="3"}')).toBe(120);
  expect(await sample('clv_assigned_partitions')).toBe(2);
  observer.observe({ kind: 'partition-revoked', partition: 3 });
  observer.observe({ kind: 'lag', partition: 3, records: 130 });
  expect(await sample('clv_lag_records{partition="3"}')).toBeUndefined();
  expect(await sample('clv_assigned_partitions')).toBe(1);
});

test('only the model in use is named, with its age', async () => {
  expect(await sample('clv_model_age_seconds')).toBe(0);
  observer.observe({ kind: 'model-swapped', version: 'aaa', announcedAtMs: 0 });
  observer.observe({ kind: 'model-swapped', version: 'bbb', announcedAtMs: 1000 });
  observer.observe({ kind: 'model-refused', version: 'ccc', reason: 'digest differs' });
  expect(await sample('clv_model_info{version="aaa"}')).toBeUndefined();
  expect(await sample('clv_model_info{version="bbb"}')).toBe(1);
  expect(await sample('clv_model_age_seconds')).toBe(60);
  expect(await sample('clv_model_swaps_total')).toBe(2);
  expect(await sample('clv_model_refusals_total')).toBe(1);
});

test('the trainer, the gate and the labels', async () => {
  observer.observe({ kind: 'trained', loss: 0.41, examples: 512, seconds: 1.2, scope: 'heads' });
  observer.observe({
    kind: 'gate',
    promoted: false,
    reason: 'worse',
    championLoss: 0.4,
    challengerLoss: 0.5,
    origins: 900,
  });
  const held = { tooLate: 7, watermarkS: 44, heldS: 86_400 };
  observer.observe({ kind: 'labels', openOrigins: 11, closedIntervals: 22, reservoir: 33, ...held });
  expect(await sample('clv_training_loss{scope="heads"}')).toBe(0.41);
  expect(await sample('clv_training_examples_total{scope="heads"}')).toBe(512);
  expect(await sample('clv_gate_verdicts_total{verdict="refused"}')).toBe(1);
  expect(await sample('clv_gate_loss{contender="challenger"}')).toBe(0.5);
  expect(await sample('clv_label_closed_intervals')).toBe(22);
  expect(await sample('clv_label_late_events')).toBe(7);
  expect(await sample('clv_label_held_seconds')).toBe(86_400);
});

test('delivery, dependencies, readiness and the view', async () => {
  observer.observe({ kind: 'published', partition: 1, records: 10, seconds: 0.01 });
  observer.observe({ kind: 'fenced', partition: 1, by: 'store' });
  observer.observe({ kind: 'dependency', name: 'redis', up: false, reason: 'ECONNREFUSED' });
  observer.notice('error', 'a line');
  observer.httpAnswered('/v1/customers/:id', 200, 0.001);
  ready = false;
  observer.watchView(() => ({ customers: 42, lagRecords: 7 }));
  expect(await sample('clv_published_records_total')).toBe(10);
  expect(await sample('clv_fenced_total{by="store"}')).toBe(1);
  expect(await sample('clv_dependency_up{dependency="redis"}')).toBe(0);
  expect(await sample('clv_notices_total{level="error"}')).toBe(1);
  expect(await sample('clv_ready')).toBe(0);
  expect(await sample('clv_view_customers')).toBe(42);
  expect(await sample('clv_view_lag_records')).toBe(7);
  expect(await sample('clv_http_requests_total{route="/v1/customers/:id",status="200"}')).toBe(1);
  expect(await sample('clv_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
});

test('the metric registry holds the whole table and the standard process metrics', async () => {
  const { body, contentType } = await observer.scrape();
  for (const metric of Object.values(METRICS) as MetricSpec[])
    expect(body).toContain(`# TYPE ${metric.name} ${metric.type}`);
  expect(body).toContain('process_cpu_seconds_total');
  expect(contentType).toMatch(/^text\/plain/);
});
