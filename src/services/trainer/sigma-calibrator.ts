import { ORDER_SEGMENTS } from '../../domain/state/order-segments';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import type { Sha256 } from '../../serde/model-artefact';
import type { ChampionHistory } from './champion';
import { recalibrate, recalibratedArtefact, sentenceOfRecalibration } from './recalibration';
import type { MaturedOrigin } from './training-round';

export interface CalibratorPorts {
  readonly observer: Observer;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** Checks the champion's log-spend sigma at intervals, and releases it with other factors if the newest labels require it. */
export class SigmaCalibrator {
  private lastS = Number.NEGATIVE_INFINITY;
  private seenVersion: string | null = null;

  /** `everySeconds`: 0 for never. */
  constructor(
    private readonly ports: CalibratorPorts,
    private readonly gateShare: number,
    private readonly everySeconds: number,
  ) {}

  /** True after the interval, and at once if another model has become champion: its sigma differs. */
  isDue({ champion }: ChampionHistory): boolean {
    if (this.everySeconds === 0) return false;
    return champion.model.version !== this.seenVersion || this.ports.clock.elapsedS() - this.lastS >= this.everySeconds;
  }

  async calibrate(history: ChampionHistory, origins: Iterable<MaturedOrigin>): Promise<void> {
    const { clock, observer, sha256 } = this.ports;
    const { champion } = history;
    const calibration = await recalibrate(champion, origins, this.gateShare, clock);
    this.lastS = clock.elapsedS();
    this.seenVersion = champion.model.version;
    // Another model became champion meanwhile. The next check calibrates it.
    if (history.champion !== champion) return;
    let released = false;
    if (calibration.release) {
      const next = history.contender(recalibratedArtefact(champion, calibration, clock.nowMs(), sha256));
      released = await history.recalibrate(next, sentenceOfRecalibration(calibration));
      // Steps are bounded, so several releases may be needed. The next one waits for the interval.
      this.seenVersion = history.champion.model.version;
    }
    const segments = calibration.segments.map(({ labels, coverage, factor, nextFactor }, segment) => {
      return { segment: ORDER_SEGMENTS[segment]!.name, labels, coverage, factor: released ? nextFactor : factor };
    });
    observer.observe({ kind: 'calibrated', released, segments });
  }
}
