import type { ClvUpdate } from '../../domain/update';
import type { ModelSeen } from '../../ports/customer-queries';
import type { ModelAnnouncement } from '../../ports/model-registry';

const VERSIONS_KEPT = 50;

interface Seen {
  firstAsOfS: number | null;
  lastAsOfS: number | null;
  firstSeenAtMs: number;
  updates: number;
  note: string | null;
  action: string | null;
  by: string | null;
  reason: string | null;
}

const NOT_ANNOUNCED = { note: null, action: null, by: null, reason: null };

/** Model versions in the published updates. */
export class ModelTimeline {
  private readonly seen = new Map<string, Seen>();
  private newest: { readonly version: string; readonly atMs: number } | null = null;
  private versionsUsed = 0;

  /** The version of the newest update by log time, because partitions are not read in step. */
  get current(): string | null {
    return this.newest?.version ?? null;
  }

  /** Number of changes of the version. */
  get swaps(): number {
    return Math.max(0, this.versionsUsed - 1);
  }

  add(update: ClvUpdate, publishedAtMs: number): void {
    const seen = this.entry(update.modelVersion, publishedAtMs);
    if (seen.updates === 0) this.versionsUsed += 1;
    seen.updates += 1;
    seen.firstSeenAtMs = seen.updates === 1 ? publishedAtMs : Math.min(seen.firstSeenAtMs, publishedAtMs);
    seen.firstAsOfS = Math.min(seen.firstAsOfS ?? update.asOfS, update.asOfS);
    seen.lastAsOfS = Math.max(seen.lastAsOfS ?? update.asOfS, update.asOfS);
    if (publishedAtMs >= (this.newest?.atMs ?? 0)) this.newest = { version: update.modelVersion, atMs: publishedAtMs };
  }

  announced({ version, announcedAtMs, note, release }: ModelAnnouncement): void {
    const entry = this.entry(version, announcedAtMs);
    entry.note = note;
    if (release === undefined) return;
    const { action, by, reason } = release;
    // A pin does not say how the model came into force. It counts only if compaction has removed the announcement that does.
    if (entry.action !== null && (action === 'pinned' || action === 'unpinned')) return;
    Object.assign(entry, { action, by: by || null, reason: reason || null });
  }

  list(): ModelSeen[] {
    return [...this.seen]
      .map(([version, seen]) => ({ version, ...seen }))
      .sort((a, b) => a.firstSeenAtMs - b.firstSeenAtMs || (a.version < b.version ? -1 : 1));
  }

  private entry(version: string, atMs: number): Seen {
    const cached = this.seen.get(version);
    if (cached !== undefined) return cached;
    const fresh: Seen = { firstAsOfS: null, lastAsOfS: null, firstSeenAtMs: atMs, updates: 0, ...NOT_ANNOUNCED };
    this.seen.set(version, fresh);
    if (this.seen.size > VERSIONS_KEPT) {
      for (const oldest of this.seen.keys()) {
        this.seen.delete(oldest);
        break;
      }
    }
    return fresh;
  }
}
