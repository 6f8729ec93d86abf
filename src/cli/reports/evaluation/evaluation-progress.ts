import type { NetworkFitter } from '../../../domain/blend/network-model';
import type { PretrainProgress } from '../../../services/fit/pretrain';
import type { ProgressLine } from '../progress-line';

/**
 * How far an evaluation is. Training the networks takes nearly all of the time, so their passes are counted. A fit that stops early ends
 * before its last pass, so the time left is at most what is shown.
 */
export class EvaluationProgress {
  private fits = 0;
  private fitsDone = 0;
  private shareOfFit = 0;
  private step = 'reading the events';

  constructor(
    private readonly line: ProgressLine,
    /** Most passes of one fit. */
    private readonly epochs: number,
  ) {
    this.show();
  }

  /** So many networks will be trained. */
  expect(fits: number): void {
    this.fits = fits;
  }

  begin(step: string): void {
    this.step = step;
    this.show();
  }

  readonly onPass = (progress: PretrainProgress): void => {
    if (progress.phase !== 'training') return;
    // With several members the passes begin anew. The share never falls.
    this.shareOfFit = Math.max(this.shareOfFit, (progress.epoch - 1 + progress.done) / this.epochs);
    this.show();
  };

  /** The same fitter, with its fits counted. */
  counting(fitNetwork: NetworkFitter): NetworkFitter {
    return async (...task) => {
      try {
        return await fitNetwork(...task);
      } finally {
        this.fitsDone++;
        this.shareOfFit = 0;
        this.show();
      }
    };
  }

  /** Removes the line before a table is printed. */
  readonly clear = (): void => this.line.clear();

  private show(): void {
    const share = this.fits === 0 ? null : Math.min(1, (this.fitsDone + Math.min(this.shareOfFit, 1)) / this.fits);
    this.line.show({ share, text: `evaluate: ${this.step}` });
  }
}
