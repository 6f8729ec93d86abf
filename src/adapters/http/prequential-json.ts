import type { PrequentialReport } from '../../domain/prequential/report';
import { type Json, toIso } from './customer-json';

/** The report for callers: instants in ISO 8601; a figure that can't be told is null, as JSON has no other word for it. */
export function prequentialToJson(report: PrequentialReport | null, currency: string | null): Json {
  if (report === null) return { asOf: null, currency, currentVersion: null, previousVersion: null, horizons: [] };
  const { asOfS, ...rest } = report;
  return { asOf: toIso(asOfS), currency, ...rest };
}
