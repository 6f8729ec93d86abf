import { createHash } from 'node:crypto';
import type { Decoded } from '../domain/dead-letter';
import type { TierCuts } from '../domain/scoring/tier-cuts';

/** The same shape as the release of the port. */
interface ReleasedCuts extends TierCuts {
  readonly customers: number;
  readonly releasedAtMs: number;
}

/** Rises with every change of the shape. Readers skip formats that they don't support. */
const FORMAT = 1;
/** 48 bits tell the cuts of one deployment apart. */
const DIGITS = 12;

/** The version of these cuts: a digest of all that a tier depends on. */
export function versionOfCuts({ cuts, margin }: Omit<TierCuts, 'version'>): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([...cuts, margin]))
    .digest('hex');
  return `t-${digest.slice(0, DIGITS)}`;
}

/** A release ↔ JSON in UTF-8. JSON, so that people can read it with a console consumer. Numbers survive it to the bit. */
export function encodeTierRelease(release: ReleasedCuts): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...release }));
}

/** Checks the digest, so that an altered release is not used. */
export function decodeTierRelease(value: Uint8Array): Decoded<ReleasedCuts> {
  const refused = (detail: string): Decoded<ReleasedCuts> => ({ ok: false, reason: 'undecodable', detail });
  let parsed: (Partial<ReleasedCuts> & { readonly format?: unknown }) | null;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
  } catch (error) {
    return refused(`No JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null) return refused('The release is no JSON object.');
  const { format, version, cuts, margin, customers = 0, releasedAtMs = 0 } = parsed;
  if (format !== FORMAT) return refused(`Format ${String(format)}; this program reads ${FORMAT}.`);
  if (!Array.isArray(cuts) || cuts.length !== 3 || !cuts.every(Number.isFinite) || typeof margin !== 'number') {
    return refused('cuts or margin is missing.');
  }
  const [bronze, silver, gold] = cuts as unknown as TierCuts['cuts'];
  if (bronze > silver || silver > gold) return refused(`The cuts ${cuts.join(', ')} fall.`);
  if (version !== versionOfCuts({ cuts: [bronze, silver, gold], margin })) {
    return refused(`The version ${String(version)} is not that of the cuts ${cuts.join(', ')}.`);
  }
  return { ok: true, value: { version, cuts: [bronze, silver, gold], margin, customers, releasedAtMs } };
}
