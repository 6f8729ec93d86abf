import type { PrequentialReport } from '../domain/prequential/report';

/** How the trainer's judgement of stored scores reaches whoever shows it. Only the latest report matters. */
export interface PrequentialReports {
  publish(report: PrequentialReport, atMs: number): Promise<void>;
  /** Calls back with the latest report, where there is one, and with every later one until the signal aborts. */
  watch(onReport: (report: PrequentialReport) => void, signal: AbortSignal): Promise<void>;
}
