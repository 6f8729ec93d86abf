import { SingleBar } from 'cli-progress';
import type { PretrainProgress } from '../../services/fit/pretrain';

/** Shows on stderr: a count while events are folded, a bar for each epoch, and a line for each finished epoch. */
export class FitProgress {
  private bar: SingleBar | null = null;
  private counting = false;

  constructor(
    private readonly epochs: number,
    private readonly out: NodeJS.WriteStream,
  ) {}

  show(progress: PretrainProgress): void {
    if (progress.phase === 'folding') {
      this.counting = this.out.isTTY;
      if (this.counting) this.out.write(`\r${progress.events} events folded`);
    } else if (progress.phase === 'training') {
      this.bar ??= this.begin();
      const { epoch, done, loss } = progress;
      this.bar.update(Math.floor(done * 100), { epoch, loss: loss.toFixed(4) });
    } else {
      this.stop();
      const { epoch, trainLoss, validationLoss } = progress;
      this.out.write(`epoch ${epoch}: loss ${trainLoss.toFixed(4)}, held out ${validationLoss.toFixed(4)} nats\n`);
    }
  }

  /** Prints a line before the next training. */
  announce(text: string): void {
    this.stop();
    this.out.write(`${text}\n`);
  }

  /** Restores the terminal. May be called twice. */
  stop(): void {
    if (this.counting) this.out.write('\n');
    this.counting = false;
    this.bar?.stop();
    this.bar = null;
  }

  private begin(): SingleBar {
    if (this.counting) this.out.write('\n');
    this.counting = false;
    const bar = new SingleBar({
      format: `epoch {epoch} of at most ${this.epochs} [{bar}] {percentage} %, loss {loss}, {eta_formatted} left`,
      clearOnComplete: true,
      hideCursor: true,
      stream: this.out,
    });
    bar.start(100, 0, { epoch: 1, loss: '' });
    return bar;
  }
}
