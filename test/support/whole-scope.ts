import type { AuditScope } from '../../src/domain/audit/audit';

/** A scope in which retention removed nothing, so every record must be present. */
export function wholeScope(ranges: AuditScope['ranges'], emitted: AuditScope['emitted'] = null): AuditScope {
  return { ranges, emitted, updatesKeptSinceMs: Number.NEGATIVE_INFINITY, updatesCut: false, deadLettersCut: false };
}
