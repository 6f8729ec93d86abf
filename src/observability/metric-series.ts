import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { METRICS, type MetricKey, type MetricSpec } from './metrics';

type Labels = Readonly<Record<string, string | number>>;

/** The series of the metrics table, registered in one registry. */
export class MetricSeries {
  private readonly counters = new Map<MetricKey, Counter>();
  private readonly gauges = new Map<MetricKey, Gauge>();
  private readonly histograms = new Map<MetricKey, Histogram>();

  constructor(private readonly registry: Registry) {
    for (const [key, spec] of Object.entries(METRICS) as [MetricKey, MetricSpec][]) this.register(key, spec);
  }

  count(key: MetricKey, by: number, labels: Labels = {}): void {
    this.counters.get(key)?.inc(labels, by);
  }

  set(key: MetricKey, value: number, labels: Labels = {}): void {
    this.gauges.get(key)?.set(labels, value);
  }

  /** Adds one value to a histogram. */
  record(key: MetricKey, value: number, labels: Labels = {}): void {
    this.histograms.get(key)?.observe(labels, value);
  }

  /** Removes one series of a gauge. */
  remove(key: MetricKey, labels: Labels): void {
    this.gauges.get(key)?.remove(labels);
  }

  /** Removes the series of all gauges whose key begins with `prefix`. */
  resetGauges(prefix: string): void {
    for (const [key, gauge] of this.gauges) if (key.startsWith(prefix)) gauge.reset();
  }

  private register(key: MetricKey, spec: MetricSpec): void {
    const common = { name: spec.name, help: spec.help, labelNames: [...spec.labels], registers: [this.registry] };
    if (spec.type === 'counter') this.counters.set(key, new Counter(common));
    else if (spec.type === 'gauge') this.gauges.set(key, new Gauge(common));
    else this.histograms.set(key, new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] }));
  }
}
