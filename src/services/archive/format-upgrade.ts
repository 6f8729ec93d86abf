import type { StateFormats } from '../../ports/state-formats';
import type { StateReader } from '../../ports/state-store';
import { NEWEST_FORMAT, OLDEST_FORMAT } from '../../serde/format-level';
import { decodeState, encodeState, formatOfState } from '../../serde/state-blob';

export interface UpgradeSettings {
  readonly partitions: number;
  /** Format level to reach. */
  readonly level: number;
  /** Rewrite every state now. Without it a state is rewritten at its customer's next event. */
  readonly rewrite: boolean;
  /** If true, also raises partitions whose last owner can't read the level. */
  readonly force: boolean;
}

export interface UpgradeReport {
  /** Number of partitions whose level was changed, and of those that were never claimed. */
  readonly changed: number;
  readonly untouched: number;
  readonly rewritten: number;
  /** Number of states that still have another level. 0 after a rewrite, unless an earlier version kept writing. */
  readonly remaining: number;
  /** States that can't be read, with the reason. They stay as they are. */
  readonly unreadable: readonly { readonly partition: number; readonly customerId: string; readonly reason: string }[];
}

/** An upgrade that would make stored states unreadable to a scorer that may still run. */
export class FormatUpgradeError extends Error {
  readonly code = 'CLV_STATE_UPGRADE';
  override readonly name = 'FormatUpgradeError';
}

const CHUNK = 500;
/** Maximum rewrites of a partition. If states of another level still appear, an earlier version is writing at the same time. */
const MOST_PASSES = 3;

/**
 * Brings every partition to a format level. Each step is idempotent and may run while scorers run. Setting the level fences the owner,
 * so nothing is written at the old level afterwards. A state is replaced only if it still has the bytes that were read. Throws
 * {@link FormatUpgradeError} before any change if a partition's last owner can't read the level.
 */
export async function upgradeFormats(
  formats: StateFormats,
  reader: StateReader,
  settings: UpgradeSettings,
  onProgress: (done: { readonly partition: number; readonly rewritten: number }) => void,
): Promise<UpgradeReport> {
  const { level, partitions } = settings;
  if (!Number.isInteger(level) || level < OLDEST_FORMAT || level > NEWEST_FORMAT) {
    throw new FormatUpgradeError(
      `format level ${level} is unknown: this program writes ${OLDEST_FORMAT} to ${NEWEST_FORMAT}`,
    );
  }
  const statuses = await Promise.all(Array.from({ length: partitions }, (_, p) => formats.status(p)));
  const owned = statuses.flatMap((status, p) => (status !== null && level > status.ownerReads ? [p] : []));
  if (owned.length > 0 && !settings.force) {
    throw new FormatUpgradeError(
      `partition ${owned.join(', ')} was last claimed by an earlier version, which can't read format level ${level}: start scorers of this version and stop the last earlier one. Then run this again. If no earlier scorer runs, add --force`,
    );
  }
  const report = { changed: 0, untouched: 0, rewritten: 0, remaining: 0, unreadable: [] as Unreadable[] };
  for (const [partition, status] of statuses.entries()) {
    if (status === null) {
      report.untouched += 1;
      continue;
    }
    if (status.level !== level) {
      await formats.setLevel(partition, level);
      report.changed += 1;
    }
    if (!settings.rewrite) continue;
    report.rewritten += await formats.rewriteOutbox(partition, level);
    const { rewritten, remaining, unreadable } = await rewriteStates(formats, reader, partition, level);
    report.rewritten += rewritten;
    report.remaining += remaining;
    report.unreadable.push(...unreadable);
    onProgress({ partition, rewritten: report.rewritten });
  }
  return report;
}

type Unreadable = UpgradeReport['unreadable'][number];

async function rewriteStates(formats: StateFormats, reader: StateReader, partition: number, level: number) {
  let rewritten = 0;
  let unreadable: Unreadable[] = [];
  for (let pass = 1; ; pass++) {
    let met = 0;
    unreadable = [];
    let waiting: { customerId: string; from: Uint8Array; to: Uint8Array }[] = [];
    const flush = async () => {
      if (waiting.length > 0) rewritten += await formats.replaceStates(partition, waiting);
      waiting = [];
    };
    for await (const { customerId, state } of reader.scan(partition)) {
      const to = atLevel(state, level);
      if (typeof to === 'string') unreadable.push({ partition, customerId, reason: to });
      else if (to !== null) {
        met += 1;
        // The pass after the last rewrite only counts.
        if (pass <= MOST_PASSES) waiting.push({ customerId, from: state, to });
      }
      if (waiting.length === CHUNK) await flush();
    }
    await flush();
    if (met === 0 || pass > MOST_PASSES) return { rewritten, remaining: met, unreadable };
  }
}

/** The state encoded at the level. Null if it already has the level; a reason if it can't be read. */
function atLevel(state: Uint8Array, level: number): Uint8Array | string | null {
  try {
    const decoded = decodeState(state);
    return formatOfState(state) === level ? null : encodeState(decoded, level);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
