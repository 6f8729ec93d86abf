import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchFacts, Observer } from '../ports/observer';
import { METRICS, type MetricKey, type MetricSpec } from './metrics';
import { prequentialSamples } from './prequential-series';

export interface PrometheusOptions {
  readonly nowMs: () => number;
  /** Asked at each scrape. */
  readonly ready: () => boolean;
}

/** Size of the api's view. */
export type ViewSize = () => { readonly customers: number; readonly lagRecords: number };

export interface PrometheusObserver extends Observer {
  /** Asks for the view's size at each scrape from now on; never called in processes without a view. */
  watchView(size: ViewSize): void;
  /** One answered HTTP request; `route` is the pattern, never the path. */
  httpAnswered(route: string, status: number, seconds: number): void;
  /** The text of /metrics. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Stops the event-loop probe. */
  close(): void;
}

const NANOSECONDS_PER_SECOND = 1e9;
/** Gauges of an owned partition: they go when it is given away. */
const PER_PARTITION = ['lag', 'customersSetAside', 'standing'] as const satisfies readonly MetricKey[];
const EVENT_LOOP_QUANTILES = [0.5, 0.99] as const;

/** Counts what services tell, in a registry of its own: two observers in one process never share a series. */
export function createPrometheusObserver(options: PrometheusOptions): PrometheusObserver {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const probe = monitorEventLoopDelay({ resolution: 20 });
  probe.enable();
  return new RegistryObserver(registry, probe, options);
}

class RegistryObserver implements PrometheusObserver {
  private readonly counters = new Map<MetricKey, Counter>();
  private readonly gauges = new Map<MetricKey, Gauge>();
  private readonly histograms = new Map<MetricKey, Histogram>();
  private readonly assigned = new Set<number>();
  private modelAnnouncedAtMs: number | null = null;
  private viewSize: ViewSize | null = null;

  constructor(
    private readonly registry: Registry,
    private readonly probe: IntervalHistogram,
    private readonly options: PrometheusOptions,
  ) {
    for (const [key, spec] of Object.entries(METRICS) as [MetricKey, MetricSpec][]) this.register(key, spec);
  }

  batchCommitted(facts: BatchFacts): void {
    for (const [kind, count] of facts.events) this.count('events', count, { kind });
    this.count('updates', facts.updates);
    for (const [reason, count] of facts.deadLetters) this.count('deadLetters', count, { reason });
    for (const [topic, records] of facts.misplaced) this.count('copartitionMismatch', records, { topic });
    this.count('tooLate', facts.tooLate);
    this.count('coalesced', facts.coalesced);
    this.count('replayed', facts.replayed);
    this.count('sweepFailures', facts.sweepFailures);
    for (const [what, count] of facts.cleaned) this.count('inputsCleaned', count, { what });
    this.observe('batchSeconds', facts.seconds);
    for (const seconds of facts.endToEndSeconds) this.observe('endToEndSeconds', Math.max(0, seconds));
  }

  published(_partition: number, records: number, seconds: number): void {
    this.count('publishedRecords', records);
    this.observe('publishSeconds', seconds);
  }

  lag(partition: number, records: number): void {
    // A late answer about a partition given away must not bring its series back.
    if (this.assigned.has(partition)) this.set('lag', records, { partition });
  }

  partitionAssigned(partition: number): void {
    this.assigned.add(partition);
    this.set('assignedPartitions', this.assigned.size);
  }

  partitionRevoked(partition: number): void {
    this.assigned.delete(partition);
    this.set('assignedPartitions', this.assigned.size);
    for (const key of PER_PARTITION) this.gauges.get(key)?.remove({ partition });
  }

  fenced(_partition: number, by: 'store' | 'log'): void {
    this.count('fenced', 1, { by });
  }

  customersSetAside(partition: number, customers: number): void {
    if (this.assigned.has(partition)) this.set('customersSetAside', customers, { partition });
  }

  standing(partition: number, seconds: number): void {
    if (this.assigned.has(partition)) this.set('standing', seconds, { partition });
  }

  lossFound(_partition: number, reason: string, records: number): void {
    this.count('losses', 1, { reason });
    this.count('logLostRecords', records);
  }

  offsetsOverruled(_partition: number, reason: string): void {
    this.count('offsetsOverruled', 1, { reason });
  }

  topicFault(topic: string, fault: string, present: boolean): void {
    this.set('topicFault', present ? 1 : 0, { topic, fault });
  }

  dependency(name: string, up: boolean): void {
    this.set('dependencyUp', up ? 1 : 0, { dependency: name });
  }

  modelSwapped(version: string, announcedAtMs: number): void {
    this.gauges.get('modelInfo')?.reset();
    this.set('modelInfo', 1, { version });
    this.count('modelSwaps', 1);
    this.modelAnnouncedAtMs = announcedAtMs;
  }

  modelRefused(): void {
    this.count('modelRefusals', 1);
  }

  trained(facts: Parameters<Observer['trained']>[0]): void {
    this.set('trainingLoss', facts.loss, { scope: facts.scope });
    this.count('trainingExamples', facts.examples, { scope: facts.scope });
    this.observe('trainingSeconds', facts.seconds);
  }

  gate(facts: Parameters<Observer['gate']>[0]): void {
    this.count('gateVerdicts', 1, { verdict: facts.promoted ? 'promoted' : 'refused' });
    this.set('gateLoss', facts.championLoss, { contender: 'champion' });
    this.set('gateLoss', facts.challengerLoss, { contender: 'challenger' });
    this.set('gateOrigins', facts.origins);
  }

  labels(facts: Parameters<Observer['labels']>[0]): void {
    this.set('openOrigins', facts.openOrigins);
    this.set('closedIntervals', facts.closedIntervals);
    this.set('reservoir', facts.reservoir);
    this.set('watermark', facts.watermarkS);
  }

  calibrated({ released, segments }: Parameters<Observer['calibrated']>[0]): void {
    this.count('calibrationReleases', released ? 1 : 0);
    for (const { segment, labels, coverage, factor } of segments) {
      this.set('calibrationLabels', labels, { segment });
      this.set('calibrationFactor', factor, { segment });
      if (Number.isFinite(coverage)) this.set('calibrationCoverage', coverage, { segment });
    }
  }

  prequential(report: Parameters<Observer['prequential']>[0]): void {
    // Anew: a version that nobody asks about any more must not stay.
    for (const [key, gauge] of this.gauges) if (key.startsWith('prequential')) gauge.reset();
    for (const { key, value, labels } of prequentialSamples(report)) this.set(key, value, labels);
  }

  notice(level: 'info' | 'warn' | 'error'): void {
    this.count('notices', 1, { level });
  }

  httpAnswered(route: string, status: number, seconds: number): void {
    this.count('httpRequests', 1, { route, status });
    this.observe('httpSeconds', seconds, { route });
  }

  watchView(size: ViewSize): void {
    this.viewSize = size;
  }

  async scrape(): Promise<{ contentType: string; body: string }> {
    this.refresh();
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  close(): void {
    this.probe.disable();
    this.registry.clear();
  }

  /** What is only known when asked. */
  private refresh(): void {
    this.set('ready', this.options.ready() ? 1 : 0);
    if (this.modelAnnouncedAtMs !== null) {
      this.set('modelAge', Math.max(0, (this.options.nowMs() - this.modelAnnouncedAtMs) / 1000));
    }
    for (const quantile of EVENT_LOOP_QUANTILES) {
      this.set('eventLoopLag', this.probe.percentile(quantile * 100) / NANOSECONDS_PER_SECOND, { quantile });
    }
    this.probe.reset();
    const view = this.viewSize?.() ?? null;
    if (view !== null) {
      this.set('viewCustomers', view.customers);
      this.set('viewLag', view.lagRecords);
    }
  }

  private register(key: MetricKey, spec: MetricSpec): void {
    const common = { name: spec.name, help: spec.help, labelNames: [...spec.labels], registers: [this.registry] };
    if (spec.type === 'counter') this.counters.set(key, new Counter(common));
    else if (spec.type === 'gauge') this.gauges.set(key, new Gauge(common));
    else this.histograms.set(key, new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] }));
  }

  private count(key: MetricKey, by: number, labels: Record<string, string | number> = {}): void {
    this.counters.get(key)?.inc(labels, by);
  }

  private set(key: MetricKey, value: number, labels: Record<string, string | number> = {}): void {
    this.gauges.get(key)?.set(labels, value);
  }

  private observe(key: MetricKey, value: number, labels: Record<string, string | number> = {}): void {
    this.histograms.get(key)?.observe(labels, value);
  }
}
