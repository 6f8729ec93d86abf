import { type Database, open, type RangeOptions, type RootDatabase } from 'lmdb';
import type { CustomerEvent } from '../../domain/event';
import type { LabelChanges, LabelCounters, LabelProgress, PendingEvent } from '../../domain/labels/label-progress';
import type { Origin, OriginKey } from '../../domain/labels/origins';
import type { TopicProgress } from '../../domain/labels/watermark';
import type { TrainerStore, TrainingProgress } from '../../ports/trainer-store';
import { hasEvents } from '../../serde/state-blob';
import { type Claimant, nextOwner, type Owner, SIGN_OF_LIFE_MS, StoreOwned, thisProcess } from './store-owner';
import {
  fromJudgedRow,
  fromOriginRow,
  fromTallyRow,
  type Row,
  toJudgedRow,
  toOriginRow,
  toTallyRow,
} from './trainer-rows';
import { levelOfTrainerStore, NEWEST_TRAINER_FORMAT } from './trainer-store-format';

/*
 * Keys begin with the partition, so that a partition is one range:
 *   progress  [p]                     → topics, clock, counters
 *   states    [p, customer]           → state blob
 *   pending   [p, topic, offset]      → turn, event
 *   origins   [p, atS, customer]      → stratum, score            written once
 *   snapshots [p, atS, customer]      → state blob                written once
 *   tallies   [p, atS, customer]      → tally                     written at every change
 *   judged    [p, horizon, sequence]  → judged score              written once
 *   training  'progress' | 'format'   → training progress, format
 *             'owner'                 → the process that owns the store
 *             'letters/p'             → the next dead letter to read
 *   blobs     'champion' | 'previous' → artefacts
 */

type Key = (number | string)[];
type TrainingRow = Omit<TrainingProgress, 'championArtefact' | 'previousArtefact'>;
interface ProgressRow {
  readonly topics: readonly TopicProgress[];
  readonly clockS: number;
  readonly counters: LabelCounters;
}

const CHAMPION = ['champion'];
const PREVIOUS = ['previous'];

/**
 * Opens the trainer store in a folder, or creates it, and owns it until it is closed. Throws for an unsupported format, and {@link
 * StoreOwned} if another process owns it. If another process takes it over, because this one showed no sign of life, commits throw the same.
 */
export function openTrainerStore(path: string, claimant: Claimant = thisProcess()): TrainerStore {
  const root = open({ path, maxDbs: 9 });
  try {
    return new EmbeddedTrainerStore(root, claimant);
  } catch (error) {
    void root.close();
    throw error;
  }
}

class EmbeddedTrainerStore implements TrainerStore {
  readonly format: number;
  private readonly rows: Database<ProgressRow, Key>;
  private readonly trainingRows: Database<TrainingRow | Owner | number, string>;
  private readonly epoch: number;
  private readonly signs: NodeJS.Timeout;
  private readonly blobs: Database<Uint8Array, Key>;
  private readonly states: Database<Uint8Array, Key>;
  private readonly pending: Database<{ turnS: number; event: CustomerEvent }, Key>;
  private readonly origins: Database<Row, Key>;
  private readonly snapshots: Database<Uint8Array, Key>;
  private readonly tallies: Database<Row, Key>;
  private readonly judged: Database<Row, Key>;

  constructor(
    private readonly root: RootDatabase,
    claimant: Claimant,
  ) {
    this.rows = root.openDB({ name: 'progress' });
    this.trainingRows = root.openDB({ name: 'training' });
    this.blobs = root.openDB({ name: 'blobs', encoding: 'binary' });
    this.states = root.openDB({ name: 'states', encoding: 'binary' });
    this.pending = root.openDB({ name: 'pending' });
    this.origins = root.openDB({ name: 'origins' });
    this.snapshots = root.openDB({ name: 'snapshots', encoding: 'binary' });
    this.tallies = root.openDB({ name: 'tallies' });
    this.judged = root.openDB({ name: 'judged' });
    const format = this.trainingRows.get('format');
    if (format === undefined) this.trainingRows.putSync('format', NEWEST_TRAINER_FORMAT);
    this.format = levelOfTrainerStore(format ?? NEWEST_TRAINER_FORMAT);
    this.epoch = root.transactionSync(() => {
      const owner = nextOwner(this.owner(), claimant);
      this.trainingRows.putSync('owner', owner);
      return owner.epoch;
    });
    this.signs = setInterval(() => {
      try {
        this.showLife(claimant.nowMs());
      } catch {
        // A full disk, for instance. The next commit reports it.
      }
    }, SIGN_OF_LIFE_MS);
    this.signs.unref();
  }

  progress(partition: number): LabelProgress | null {
    const row = this.rows.get([partition]);
    if (row === undefined) return null;
    // A new object for each call: getKeys writes into its options.
    const range = () => ({ start: [partition], end: [partition + 1] });
    return {
      partition,
      ...row,
      pending: [...this.pending.getRange(range())].map(({ key, value }) => ({
        topic: key[1] as number,
        offset: key[2] as number,
        ...value,
      })),
      origins: [...this.origins.getRange(range())].map(({ key, value }) => this.origin(key, value)),
      customers: this.withEvents(range()),
      judgedScores: [...this.judged.getRange(range())].map(({ key, value }) => ({
        horizon: key[1] as number,
        sequence: key[2] as number,
        ...fromJudgedRow(value),
      })),
    };
  }

  state(partition: number, customerId: string): Uint8Array | null {
    return this.states.getBinary([partition, customerId]) ?? null;
  }

  training(): TrainingProgress | null {
    const row = this.trainingRows.get('progress');
    const championArtefact = this.blobs.getBinary(CHAMPION);
    if (row === undefined || typeof row === 'number' || championArtefact === undefined) return null;
    return { ...(row as TrainingRow), championArtefact, previousArtefact: this.blobs.getBinary(PREVIOUS) ?? null };
  }

  commit(changes: readonly LabelChanges[], training: TrainingProgress | null): void {
    this.root.transactionSync(() => {
      this.checkOwner();
      for (const change of changes) this.write(change);
      if (training === null) return;
      const { championArtefact, previousArtefact, ...row } = training;
      this.trainingRows.putSync('progress', row);
      this.blobs.putSync(CHAMPION, asBuffer(championArtefact));
      if (previousArtefact === null) this.blobs.removeSync(PREVIOUS);
      else this.blobs.putSync(PREVIOUS, asBuffer(previousArtefact));
    });
  }

  replace(changes: LabelChanges): void {
    const p = changes.partition;
    this.root.transactionSync(() => {
      this.checkOwner();
      const { states, pending, origins, snapshots, tallies, judged } = this;
      for (const rows of [states, pending, origins, snapshots, tallies, judged] as Database<unknown, Key>[])
        for (const key of [...rows.getKeys({ start: [p], end: [p + 1] })]) rows.removeSync(key);
      this.trainingRows.removeSync(lettersKey(p));
      this.write(changes);
    });
  }

  nextLetter(partition: number): number | null {
    return (this.trainingRows.get(lettersKey(partition)) as number | undefined) ?? null;
  }

  keepNextLetter(partition: number, offset: number): void {
    this.root.transactionSync(() => {
      this.checkOwner();
      this.trainingRows.putSync(lettersKey(partition), offset);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.signs);
    try {
      this.showLife(0);
    } catch {
      // The next process then waits until this one has ended.
    } finally {
      await this.root.close();
    }
  }

  private owner(): Owner | undefined {
    return this.trainingRows.get('owner') as Owner | undefined;
  }

  private checkOwner(): void {
    const owner = this.owner();
    if (owner?.epoch === this.epoch) return;
    throw new StoreOwned(
      `process ${owner?.pid} on ${owner?.host} has taken this store over; this process stops writing`,
    );
  }

  private showLife(seenAtMs: number): void {
    this.root.transactionSync(() => {
      const owner = this.owner();
      if (owner?.epoch === this.epoch) this.trainingRows.putSync('owner', { ...owner, seenAtMs });
    });
  }

  private write(change: LabelChanges): void {
    const p = change.partition;
    const { topics, clockS, counters } = change;
    this.rows.putSync([p], { topics, clockS, counters });
    for (const [customerId, state] of change.states) this.states.putSync([p, customerId], asBuffer(state));
    for (const waiting of change.pendingAdded) {
      this.pending.putSync(pendingKey(p, waiting), { turnS: waiting.turnS, event: waiting.event });
    }
    for (const waiting of change.pendingTaken) this.pending.removeSync(pendingKey(p, waiting));
    for (const origin of change.originsOpened) {
      this.origins.putSync(originKey(p, origin), toOriginRow(origin));
      this.snapshots.putSync(originKey(p, origin), asBuffer(origin.snapshot));
    }
    for (const origin of change.originsTouched) this.tallies.putSync(originKey(p, origin), toTallyRow(origin.tally));
    for (const origin of change.originsDropped) {
      const key = originKey(p, origin);
      this.origins.removeSync(key);
      this.snapshots.removeSync(key);
      this.tallies.removeSync(key);
    }
    for (const { horizon, sequence, ...score } of change.scoresJudged) {
      this.judged.putSync([p, horizon, sequence], toJudgedRow(score));
    }
    for (const { horizon, sequence } of change.scoresForgotten) this.judged.removeSync([p, horizon, sequence]);
  }

  private withEvents(range: RangeOptions): string[] {
    const customers: string[] = [];
    for (const { key, value } of this.states.getRange(range)) if (hasEvents(value)) customers.push(key[1] as string);
    return customers;
  }

  private origin(key: Key, row: Row): Origin {
    const snapshot = this.snapshots.getBinary(key);
    const tally = this.tallies.get(key);
    if (snapshot === undefined || tally === undefined) throw new Error(`trainer store: origin ${key} has lost a part`);
    return {
      atS: key[1] as number,
      customerId: key[2] as string,
      ...fromOriginRow(row),
      snapshot,
      tally: fromTallyRow(tally),
    };
  }
}

const lettersKey = (p: number): string => `letters/${p}`;
const pendingKey = (p: number, { topic, offset }: Pick<PendingEvent, 'topic' | 'offset'>): Key => [p, topic, offset];
const originKey = (p: number, { atS, customerId }: OriginKey): Key => [p, atS, customerId];

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
