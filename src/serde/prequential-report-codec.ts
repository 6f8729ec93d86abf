import type { Decoded } from '../domain/dead-letter';
import type { PrequentialReport } from '../domain/prequential/report';

/** Rises with every change of the shape. Readers skip formats that they don't support. */
const FORMAT = 1;
/** Significant digits of a figure. More are of no use, and this halves the record. */
const DIGITS = 6;
/** Fields that may be null. In any other field null stands for NaN, which JSON does not have. */
const NULLABLE = new Set(['nextInDays', 'previousVersion']);

/** The report ↔ JSON in UTF-8. JSON, so that people can read it with a console consumer. */
export function encodeReport(report: PrequentialReport): Uint8Array {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) && Number.isFinite(value)
      ? Number(value.toPrecision(DIGITS))
      : value;
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...report }, rounded));
}

export function decodeReport(value: Uint8Array): Decoded<PrequentialReport> {
  const refused = (detail: string): Decoded<PrequentialReport> => ({ ok: false, reason: 'undecodable', detail });
  let parsed: (Partial<PrequentialReport> & { readonly format?: unknown }) | null;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value), (key, field) =>
      field === null && !NULLABLE.has(key) ? Number.NaN : field,
    );
  } catch (error) {
    return refused(`No JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null) return refused('The report is no JSON object.');
  const { format, ...report } = parsed;
  if (format !== FORMAT) return refused(`Format ${String(format)}; this program reads ${FORMAT}.`);
  if (
    typeof report.asOfS !== 'number' ||
    typeof report.currentVersion !== 'string' ||
    !Array.isArray(report.horizons)
  ) {
    return refused('asOfS, currentVersion or horizons is missing.');
  }
  return { ok: true, value: report as PrequentialReport };
}
