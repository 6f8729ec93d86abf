import type { AuditScope } from '../../src/domain/audit/audit';

/** Nothing was ever taken, and everything must be there. */
export function wholeScope(ranges: AuditScope['ranges'], emitted: AuditScope['emitted'] = null): AuditScope {
  return { ranges, emitted, updatesKeptSinceMs: Number.NEGATIVE_INFINITY, updatesCut: false, deadLettersCut: false };
}
