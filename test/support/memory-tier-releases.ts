import type { TierRelease, TierReleases } from '../../src/ports/tier-releases';

/** Releases of tier cuts in memory, oldest first. */
export class MemoryTierReleases implements TierReleases {
  readonly released: TierRelease[] = [];
  /** Thrown by the next publication. */
  fault: Error | null = null;

  async publish(release: TierRelease): Promise<void> {
    const { fault } = this;
    this.fault = null;
    if (fault !== null) throw fault;
    this.released.push(release);
  }

  async versions(): Promise<ReadonlyMap<string, TierRelease>> {
    return new Map(this.released.map((release) => [release.version, release]));
  }

  async current(): Promise<TierRelease | null> {
    return this.released.at(-1) ?? null;
  }

  async watch(): Promise<void> {
    throw new Error('not used');
  }
}
