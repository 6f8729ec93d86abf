import type { OffsetVector } from '../../src/domain/event';
import type { CommitOutcome, CommitRequest, OutboxBlob, PartitionMeta } from '../../src/ports/state-store';

/** What a store that answers 'committed' must do, in the plainest code: the judge of the law tests. One partition. */
export class StateStoreModel {
  epoch = 0;
  commits = 0;
  commitIds: string[] = [];
  folded: OffsetVector = [];
  published: OffsetVector = [];
  outbox: OutboxBlob[] = [];
  readonly states = new Map<string, Uint8Array>();

  constructor(private readonly answers: 'committed' | 'published') {}

  claim(): number {
    this.epoch += 1;
    return this.epoch;
  }

  meta(): PartitionMeta | null {
    if (this.commits === 0) return null;
    return { commitIds: this.commitIds, commits: this.commits, folded: this.folded, published: this.published };
  }

  newestCommitId(): string {
    return this.commitIds.at(-1) ?? '';
  }

  commit(request: CommitRequest): CommitOutcome {
    if (this.commitIds.includes(request.commitId)) return this.answers;
    if (request.epoch !== this.epoch || request.follows !== this.newestCommitId()) return 'fenced';
    for (const { customerId, state } of request.states) this.states.set(customerId, state);
    this.commitIds = [...this.commitIds, request.commitId].slice(-8);
    this.commits += 1;
    this.folded = request.folded;
    if (this.answers === 'published') {
      this.published = request.folded;
    } else {
      if (this.published.length === 0) this.published = request.folded.map(() => 0);
      this.outbox.push({ commitId: request.commitId, folded: request.folded, records: request.records });
    }
    return this.answers;
  }

  trim(commitId: string, published: OffsetVector): void {
    if (this.commits === 0) return;
    const at = this.outbox.findIndex((blob) => blob.commitId === commitId);
    if (at >= 0) this.outbox = this.outbox.slice(at + 1);
    // A topic may have been appended since the first commit, or be unknown to an older version that trims.
    const topics = Math.max(this.published.length, published.length);
    this.published = Array.from({ length: topics }, (_, topic) =>
      Math.max(this.published[topic] ?? 0, published[topic] ?? 0),
    );
  }
}
