import type { PrequentialReport } from '../../../domain/prequential/report';
import { type Json, toIso } from './customer-json';

/** The report for API callers: instants in ISO 8601. A figure without a value is null, because JSON has no NaN. */
export function prequentialToJson(report: PrequentialReport | null, currency: string | null): Json {
  if (report === null) return { asOf: null, currency, currentVersion: null, previousVersion: null, horizons: [] };
  const { asOfS, ...rest } = report;
  return { asOf: toIso(asOfS), currency, ...rest };
}
