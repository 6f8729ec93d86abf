import { type Database, open } from 'lmdb';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT } from '../../serde/format-level';
import { decodeState, encodeState, formatOfState } from '../../serde/state-blob';
import { type Claimant, nextOwner, type Owner, thisProcess } from './store-owner';

/**
 * Formats of the trainer store. Format 3 holds state blobs of format level 1, format 4 of level 2. All else is equal. The trainer reads
 * both kinds of blob in either format. It writes at the store's level, so that the previous version can still read a store of format 3.
 * Level 3 adds the value tier, which only a published state has. The trainer publishes none, so its store stays at format 4.
 */
const LEVEL_OF: Readonly<Record<number, number>> = { 3: OLDEST_FORMAT, 4: CHECKED_FORMAT };
export const NEWEST_TRAINER_FORMAT = 4;
export const TRAINER_DATA_FILE = 'data.mdb';

const CHUNK = 500;

/** The format level of a trainer store's states. Throws for a store of another version. */
export function levelOfTrainerStore(format: unknown): number {
  const level = LEVEL_OF[format as number];
  if (level !== undefined) return level;
  throw new Error(
    `trainer's folder of format ${format}; this program reads 3 and 4: start the version that wrote it, and see docs/upgrade.md. Without it, move the folder away, and the trainer reads the topics from their beginning`,
  );
}

/**
 * Sets the store's format level and rewrites every state in it. Returns the number of states. On the way up, the format is written first;
 * on the way down, last. So a program that accepts the format can read the states at any moment. It can be killed and run again. It owns the
 * store meanwhile, and throws {@link StoreOwned} while a trainer does: a trainer would go on writing the other format.
 */
export async function setTrainerStoreFormat(
  path: string,
  wanted: number,
  claimant: Claimant = thisProcess(),
): Promise<number> {
  if (!Number.isInteger(wanted) || wanted < OLDEST_FORMAT || wanted > NEWEST_FORMAT)
    throw new Error(`format level ${wanted} is unknown: set ${OLDEST_FORMAT} to ${NEWEST_FORMAT}`);
  const level = Math.min(wanted, CHECKED_FORMAT);
  const format = level === OLDEST_FORMAT ? 3 : NEWEST_TRAINER_FORMAT;
  const root = open({ path, maxDbs: 9 });
  try {
    const about: Database<unknown, string> = root.openDB({ name: 'training' });
    const isRaised = level > levelOfTrainerStore(about.get('format'));
    const owner = root.transactionSync(() => {
      const claimed = nextOwner(about.get('owner') as Owner | undefined, claimant);
      about.putSync('owner', claimed);
      return claimed;
    });
    if (isRaised) about.putSync('format', format);
    let rewritten = 0;
    for (const name of ['states', 'snapshots']) {
      const table: Database<Uint8Array, (number | string)[]> = root.openDB({ name, encoding: 'binary' });
      const keys = [...table.getKeys()];
      for (let i = 0; i < keys.length; i += CHUNK) {
        rewritten += root.transactionSync(() => {
          about.putSync('owner', { ...owner, seenAtMs: claimant.nowMs() });
          return keys.slice(i, i + CHUNK).filter((key) => rewrite(table, key, level)).length;
        });
      }
    }
    if (!isRaised) about.putSync('format', format);
    about.putSync('owner', { ...owner, seenAtMs: 0 });
    return rewritten;
  } finally {
    await root.close();
  }
}

function rewrite(table: Database<Uint8Array, (number | string)[]>, key: (number | string)[], level: number): boolean {
  const state = table.getBinary(key);
  if (state === undefined || formatOfState(state) === level) return false;
  table.putSync(key, Buffer.from(encodeState(decodeState(state), level)));
  return true;
}
