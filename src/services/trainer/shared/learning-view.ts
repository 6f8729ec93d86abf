import type { StoredScore } from '../../../domain/prequential/judged-score';
import type { Clock } from '../../../ports/clock';
import type { Sha256 } from '../../../serde/model-artefact';
import { Contender } from '../contender';
import type { Learning, LearningLog } from './learning-log';

/** A wait that nothing shortens. */
const OPENED_CHECK_MS = 60_000;

/** What the learner has last published, as every trainer of the deployment sees it. */
export class LearningView {
  private newest: Learning | null = null;
  private champion: Contender | null = null;
  private readonly waiting = new Set<() => void>();
  private changes = 0;

  constructor(
    private readonly log: LearningLog,
    private readonly ports: { readonly sha256: Sha256; readonly clock: Clock },
    private readonly minorPerMajor: number,
  ) {}

  /** Rises with every change. */
  get revision(): number {
    return this.changes;
  }

  get current(): Learning | null {
    return this.newest;
  }

  async run(signal: AbortSignal): Promise<void> {
    const restored = await this.log.restore();
    if (restored !== null) this.take(restored);
    await this.log.follow((learning) => this.take(learning), signal);
  }

  /** Resolves when something was published after this revision, after `ms`, or when the signal aborts. */
  async changedAfter(revision: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.changes !== revision || signal.aborted) return;
    const wake = new AbortController();
    const stop = () => wake.abort();
    this.waiting.add(stop);
    signal.addEventListener('abort', stop);
    try {
      await this.ports.clock.sleep(ms, wake.signal);
    } finally {
      this.waiting.delete(stop);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Resolves when the learner has published anything at all. null if the signal aborts first. */
  async opened(signal: AbortSignal): Promise<Learning | null> {
    while (this.newest === null && !signal.aborted) await this.changedAfter(this.changes, OPENED_CHECK_MS, signal);
    return signal.aborted ? null : this.newest;
  }

  /** N: the window of the champion. */
  get window(): number {
    return this.inForce().model.settings.window;
  }

  /** The score of the champion that is in force for the day. null if it has seen the outcome of a question of this time. */
  score(snapshot: Uint8Array, atS: number): StoredScore | null {
    const champion = this.inForce();
    if (atS < champion.trainedUntilS) return null;
    return { modelVersion: champion.model.version, outputs: champion.readSnapshot(snapshot, atS) };
  }

  private inForce(): Contender {
    if (this.newest === null) throw new Error('the learner has published nothing yet');
    const { championVersion, championArtefact } = this.newest.progress;
    if (this.champion?.model.version !== championVersion)
      this.champion = new Contender(championArtefact, this.ports.sha256, this.minorPerMajor);
    return this.champion;
  }

  private take(learning: Learning): void {
    this.newest = learning;
    this.changes++;
    for (const wake of [...this.waiting]) wake();
  }
}
