import { systemClock } from '../../adapters/system/clock';
import type { PretrainProgress } from '../../services/fit/pretrain';
import { ProgressLine, type ProgressOutput } from '../reports/progress-line';

/** Shows on stderr: a count while events are folded, the share of each epoch, and a line for each finished epoch. */
export class FitProgress {
  /** One per phase, because the time left follows from when it began. */
  private line: ProgressLine | null = null;

  constructor(
    private readonly epochs: number,
    private readonly out: ProgressOutput,
  ) {}

  show(progress: PretrainProgress): void {
    if (progress.phase === 'folding') {
      this.current().show({ share: null, text: `${progress.events} events folded` });
    } else if (progress.phase === 'training') {
      const { epoch, done, loss } = progress;
      const text = `epoch ${epoch} of at most ${this.epochs}, loss ${loss.toFixed(4)}`;
      this.current().show({ share: done, text });
    } else {
      const { epoch, trainLoss, validationLoss } = progress;
      this.announce(`epoch ${epoch}: loss ${trainLoss.toFixed(4)}, held out ${validationLoss.toFixed(4)} nats`);
    }
  }

  /** Prints a line before the next training. */
  announce(text: string): void {
    this.stop();
    this.out.write(`${text}\n`);
  }

  /** Removes the moving line. May be called twice. */
  stop(): void {
    this.line?.clear();
    this.line = null;
  }

  private current(): ProgressLine {
    this.line ??= new ProgressLine(this.out, systemClock);
    return this.line;
  }
}
