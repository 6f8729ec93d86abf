import type { BackfillEntry } from '../domain/backfill-entry';
import type { Decoded } from '../domain/dead-letter';
import { INPUT_ROLES } from '../domain/event';

/** Rises with every change of the shape. */
const FORMAT = 1;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** An entry ↔ JSON in UTF-8, so that people can read it with a console consumer. */
export function encodeBackfillEntry(entry: BackfillEntry): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...entry }));
}

export function decodeBackfillEntry(value: Uint8Array): Decoded<BackfillEntry> {
  const refused = (detail: string): Decoded<BackfillEntry> => ({ ok: false, reason: 'undecodable', detail });
  let parsed: (Partial<BackfillEntry> & { readonly format?: unknown }) | null;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
  } catch (error) {
    return refused(`No JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null) return refused('The entry is no JSON object.');
  const { format, digest, name, reading, rows, events, isComplete, liveSinceMs } = parsed;
  if (format !== FORMAT) return refused(`Format ${String(format)}; this program reads ${FORMAT}.`);
  if (typeof digest !== 'string' || typeof name !== 'string' || typeof reading !== 'string') {
    return refused('digest, name or reading is missing.');
  }
  if (!isCount(rows) || !isCount(events) || typeof isComplete !== 'boolean') {
    return refused('rows, events or isComplete is missing.');
  }
  if (typeof liveSinceMs !== 'object' || liveSinceMs === null) return refused('liveSinceMs is missing.');
  const isKnown = ([role, ms]: [string, unknown]) => (INPUT_ROLES as readonly string[]).includes(role) && isCount(ms);
  if (!Object.entries(liveSinceMs).every(isKnown)) return refused('liveSinceMs names no topic, or no instant.');
  return { ok: true, value: { digest, name, reading, rows, events, isComplete, liveSinceMs } };
}
