import { mkdirSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import { EmbeddedError } from './errors';

/** Keys and values are bytes. layout.ts builds all of them. */
export type Table = Database<Uint8Array, Uint8Array>;

export interface EmbeddedSettings {
  /** A folder for this store only. Created if missing. Several processes may have it open. */
  readonly path: string;
  /** Address space reserved for the map. The file grows only as it fills. */
  readonly mapSizeBytes?: number;
  /**
   * Every mode survives kill -9 of any process, because commits are in the page cache. The modes differ if the machine crashes.
   * overlapping (default): the last moments may be missing, but never a part of a commit.
   * each: nothing is missing; each commit waits for the disk.
   * none: the folder may be damaged.
   */
  readonly sync?: 'overlapping' | 'each' | 'none';
}

/** One open LMDB environment. Several adapters share it. Only the code that opened it closes it. */
export interface EmbeddedEnvironment {
  readonly topics: Table;
  readonly log: Table;
  readonly ends: Table;
  readonly states: Table;
  readonly shards: Table;
  readonly partitions: Table;
  readonly leases: Table;
  /**
   * Runs the action in one write transaction: all or nothing, and serialised with the writes of all other processes. A throw rolls it back.
   */
  write<T>(action: () => T): T;
  /** Makes later reads see the commits of other processes. */
  refresh(): void;
  close(): Promise<void>;
}

const DEFAULT_MAP_BYTES = 64 * 2 ** 30;
const FORMAT_KEY = Buffer.from('format');
const FORMAT = '1';
const BYTES = { encoding: 'binary', keyEncoding: 'binary' } as const;

// Flags of lmdb's transactionSync.
const ABORTABLE = 1;
const SYNCHRONOUS_COMMIT = 2;
const NO_SYNC_FLUSH = 0x10000;

/** Opens the folder. Throws {@link EmbeddedError} 'embedded-format' if another version of the layout wrote it. */
export function openEmbedded(settings: EmbeddedSettings): EmbeddedEnvironment {
  const sync = settings.sync ?? 'overlapping';
  mkdirSync(settings.path, { recursive: true });
  const root: RootDatabase<Uint8Array, Uint8Array> = open({
    path: settings.path,
    mapSize: settings.mapSizeBytes ?? DEFAULT_MAP_BYTES,
    maxDbs: 16,
    maxReaders: 512,
    overlappingSync: sync === 'overlapping',
    noSync: sync === 'none',
    ...BYTES,
  });
  const flags = ABORTABLE | SYNCHRONOUS_COMMIT | (sync === 'each' ? 0 : NO_SYNC_FLUSH);
  const write = <T>(action: () => T): T => root.transactionSync(action, flags);
  const table = (name: string): Table => root.openDB({ name, ...BYTES });
  const about = table('about');
  write(() => {
    const found = about.get(FORMAT_KEY);
    if (found === undefined) about.putSync(FORMAT_KEY, Buffer.from(FORMAT));
    else if (Buffer.from(found).toString() !== FORMAT) {
      throw new EmbeddedError(
        'embedded-format',
        `${settings.path} has layout ${Buffer.from(found).toString()}, this program reads ${FORMAT}: choose another folder`,
      );
    }
  });
  return {
    topics: table('topics'),
    log: table('log'),
    ends: table('ends'),
    states: table('states'),
    shards: table('shards'),
    partitions: table('partitions'),
    leases: table('leases'),
    write,
    refresh: () => root.resetReadTxn(),
    close: () => root.close(),
  };
}
