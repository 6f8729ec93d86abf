import { ScoreSample } from '../../domain/scoring/score-sample';
import { TIER_MARGIN } from '../../domain/scoring/tier-cuts';
import { nextCuts, tierShares } from '../../domain/scoring/tier-shares';
import type { ClvUpdate } from '../../domain/update';
import type { Clock } from '../../ports/clock';
import { codeOf } from '../../ports/failure-code';
import type { LogBatch, LogReader } from '../../ports/log';
import type { Observer } from '../../ports/observer';
import type { TierRelease, TierReleases } from '../../ports/tier-releases';
import { versionOfCuts } from '../../serde/tier-release-codec';
import { sideBySide } from './side-by-side';

export interface TierDeskPorts {
  /** Reads committed records only. */
  readonly reader: LogReader;
  readonly releases: TierReleases;
  /** Returns null for bytes that are no update. */
  readonly decodeUpdate: (value: Uint8Array) => ClvUpdate | null;
  readonly observer: Observer;
  readonly clock: Clock;
}

export interface TierDeskOptions {
  /** Topic of the updates. */
  readonly topic: string;
  readonly partitions: number;
  /** Wall-clock seconds between two looks at the shares. */
  readonly lookEverySeconds: number;
  /** Customers whose scores are kept. Default: enough for shares to within a twentieth of themselves. */
  readonly sample?: number;
}

/** At this size the share of the platinum tier (5 %) scatters by 0.2 %. Twice as many take about 2 MB. */
const SAMPLE = 10_000;
const RETRY_MS = 10_000;

/**
 * Keeps the value tiers at their shares of today's customers. It reads the published updates, keeps the newest score of each customer
 * (of a sample of a large shop), and releases new cuts when the shares of the tiers are off.
 *
 * Event time plays no part: what counts is which scores are published, by whatever model and for whatever instant. So cuts and scores
 * always fit each other, also during a back-fill and after a jump of time.
 */
export class TierDesk {
  private sample!: ScoreSample;
  private inForce: TierRelease | null = null;
  /** Partitions that were not yet read to the end that they had at the start: their scores are of the past. */
  private readonly behind = new Map<number, number>();
  private readonly reported = new Set<string>();

  constructor(
    private readonly ports: TierDeskPorts,
    private readonly options: TierDeskOptions,
  ) {}

  /** Runs until the signal aborts. Never rejects: training does not depend on it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await sideBySide(signal, async (leave) => [this.read(await this.begin(), leave), this.look(leave)]);
      } catch (error) {
        if (signal.aborted) return;
        this.report('read the updates', error);
        await this.ports.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** Releases new cuts if the shares of the tiers are off. */
  private async lookOnce(): Promise<void> {
    const { releases, clock, observer } = this.ports;
    if (this.behind.size > 0) return;
    const { values } = this.sample;
    if (nextCuts(values, this.inForce?.cuts ?? null) === null) return;
    // Another trainer may have released some meanwhile. Two at once do no harm: each update names its cuts.
    this.inForce = await releases.current();
    const cuts = nextCuts(values, this.inForce?.cuts ?? null);
    if (cuts === null) return;
    const version = versionOfCuts({ cuts, margin: TIER_MARGIN });
    const customers = values.length;
    const release = { version, cuts, margin: TIER_MARGIN, customers, releasedAtMs: clock.nowMs() };
    await releases.publish(release);
    const detail = { cuts: cuts.join(', '), customers, before: this.inForce?.cuts.join(', ') ?? null };
    this.inForce = release;
    observer.notice('info', `new cuts of the value tiers are released: ${version}`, detail);
  }

  private async begin() {
    const { topic, partitions, sample = SAMPLE } = this.options;
    this.sample = new ScoreSample(sample);
    this.behind.clear();
    this.inForce = await this.ports.releases.current();
    const numbers = Array.from({ length: partitions }, (_, partition) => partition);
    return Promise.all(
      numbers.map(async (partition) => {
        const { start, end } = await this.ports.reader.bounds(topic, partition);
        if (start < end) this.behind.set(partition, end);
        return { topic, partition, offset: start };
      }),
    );
  }

  private read(positions: Parameters<LogReader['follow']>[0], signal: AbortSignal): Promise<void> {
    return this.ports.reader.follow(positions, (batch) => this.take(batch), signal);
  }

  private async take({ partition, records, nextOffset }: LogBatch): Promise<void> {
    for (const { key, value } of records) {
      if (key === null) continue;
      const customerId = new TextDecoder().decode(key);
      // Most of a large shop is not in the sample. Its updates need not be decoded.
      if (!this.sample.wants(customerId)) continue;
      if (value === null) this.sample.remove(customerId);
      else {
        const update = this.ports.decodeUpdate(value);
        if (update !== null) this.sample.set(customerId, update.value);
      }
    }
    if (nextOffset >= (this.behind.get(partition) ?? 0)) this.behind.delete(partition);
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { clock } = this.ports;
    while (!signal.aborted) {
      await clock.sleep(this.options.lookEverySeconds * 1000, signal);
      if (signal.aborted) return;
      // The scores are still known, so only the release is tried again.
      await this.lookOnce().catch((error: unknown) => this.report('write to the topic of models', error));
      this.observe();
    }
  }

  /** What the look has left: if the shares are still off, the release has failed. */
  private observe(): void {
    const { inForce, sample } = this;
    if (this.behind.size > 0) return;
    const { values } = sample;
    const off = nextCuts(values, inForce?.cuts ?? null) !== null;
    this.ports.observer.observe({
      kind: 'tiers',
      inForce: inForce && {
        cuts: inForce.cuts,
        shares: tierShares(values, inForce.cuts),
        releasedAtMs: inForce.releasedAtMs,
      },
      off,
    });
  }

  /** Once for each kind of fault, because it comes again at every try. */
  private report(what: string, error: unknown): void {
    const kind = `${what}: ${codeOf(error)}`;
    if (this.reported.has(kind)) return;
    this.reported.add(kind);
    const message = `the value tiers are not kept at their shares: the trainer could not ${what}; trying again`;
    this.ports.observer.notice('warn', message, { error: String(error) });
  }
}
