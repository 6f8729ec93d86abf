import type { PrequentialReport } from '../domain/prequential/report';

/** Carries the trainer's prequential reports to the api and the dashboard. Only the latest report matters. */
export interface PrequentialReports {
  publish(report: PrequentialReport, atMs: number): Promise<void>;
  /** Calls back with the latest report, if there is one, and with every later one until the signal aborts. */
  watch(onReport: (report: PrequentialReport) => void, signal: AbortSignal): Promise<void>;
}
