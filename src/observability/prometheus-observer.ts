import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Fact, Observer } from '../ports/observer';
import { FactMetrics } from './fact-metrics';
import { MetricSeries } from './metric-series';

export interface PrometheusOptions {
  readonly nowMs: () => number;
  /** Called at each scrape. */
  readonly ready: () => boolean;
}

/** Size of the api's view. */
export type ViewSize = () => { readonly customers: number; readonly lagRecords: number };

export interface PrometheusObserver extends Observer {
  /** Reads the view's size at each scrape from now on. Not called in processes without a view. */
  watchView(size: ViewSize): void;
  /** Counts one answered HTTP request. `route` is the pattern, never the path. */
  httpAnswered(route: string, status: number, seconds: number): void;
  /** The text of /metrics. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Stops the event-loop probe. */
  close(): void;
}

const NANOSECONDS_PER_SECOND = 1e9;
const EVENT_LOOP_QUANTILES = [0.5, 0.99] as const;

/** Counts the facts of services in a separate registry, so that two observers in one process never share a series. */
export function createPrometheusObserver(options: PrometheusOptions): PrometheusObserver {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const probe = monitorEventLoopDelay({ resolution: 20 });
  probe.enable();
  return new RegistryObserver(registry, probe, options);
}

class RegistryObserver implements PrometheusObserver {
  private readonly series: MetricSeries;
  private readonly facts: FactMetrics;
  private viewSize: ViewSize | null = null;

  constructor(
    private readonly registry: Registry,
    private readonly probe: IntervalHistogram,
    private readonly options: PrometheusOptions,
  ) {
    this.series = new MetricSeries(registry);
    this.facts = new FactMetrics(this.series);
  }

  observe(fact: Fact): void {
    this.facts.observe(fact);
  }

  notice(level: 'info' | 'warn' | 'error'): void {
    this.series.count('notices', 1, { level });
  }

  httpAnswered(route: string, status: number, seconds: number): void {
    this.series.count('httpRequests', 1, { route, status });
    this.series.record('httpSeconds', seconds, { route });
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

  /** Sets the gauges that are read at scrape time. */
  private refresh(): void {
    const { modelAnnouncedAtMs } = this.facts;
    this.series.set('ready', this.options.ready() ? 1 : 0);
    if (modelAnnouncedAtMs !== null) {
      this.series.set('modelAge', Math.max(0, (this.options.nowMs() - modelAnnouncedAtMs) / 1000));
    }
    for (const quantile of EVENT_LOOP_QUANTILES) {
      this.series.set('eventLoopLag', this.probe.percentile(quantile * 100) / NANOSECONDS_PER_SECOND, { quantile });
    }
    this.probe.reset();
    const view = this.viewSize?.() ?? null;
    if (view !== null) {
      this.series.set('viewCustomers', view.customers);
      this.series.set('viewLag', view.lagRecords);
    }
  }
}
