import type { TierRelease, TierReleases } from '../../src/ports/tier-releases';

/** Releases of tier cuts in memory, oldest first. */
export class MemoryTierReleases implements TierReleases {
  readonly released: TierRelease[] = [];
  /** Thrown by the next publication. */
  fault: Error | null = null;
  private readonly watchers = new Set<(release: TierRelease) => void>();

  async publish(release: TierRelease): Promise<void> {
    const { fault } = this;
    this.fault = null;
    if (fault !== null) throw fault;
    this.released.push(release);
    for (const tell of this.watchers) tell(release);
  }

  async versions(): Promise<ReadonlyMap<string, TierRelease>> {
    return new Map(this.released.map((release) => [release.version, release]));
  }

  async current(): Promise<TierRelease | null> {
    return this.released.at(-1) ?? null;
  }

  async watch(onRelease: (release: TierRelease) => void, signal: AbortSignal): Promise<void> {
    const newest = await this.current();
    if (newest !== null) onRelease(newest);
    this.watchers.add(onRelease);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.watchers.delete(onRelease);
  }
}
