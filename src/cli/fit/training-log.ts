import { join } from 'node:path';
import type { Backend } from '../../adapters/tensorflow/backend';
import { openScalarLog, type ScalarLog } from '../../adapters/tensorflow/scalar-log';
import type { PretrainProgress } from '../../services/fit/pretrain';
import type { EpochLoss } from '../reports/fit/loss-chart';
import type { FitProgress } from './progress';

/** Follows one training: shows progress, keeps the losses, and writes them to TensorBoard's files as they come. */
export class TrainingLog {
  readonly epochs: EpochLoss[] = [];
  private readonly scalars: ScalarLog | null;

  /** `folder`: parent of all event files, null for none. `run`: this training's name among them. */
  constructor(
    backend: Backend,
    folder: string | null,
    run: string,
    private readonly progress: FitProgress,
  ) {
    this.scalars = folder === null ? null : openScalarLog(backend, join(folder, run));
  }

  take(facts: PretrainProgress): void {
    this.progress.show(facts);
    if (facts.phase !== 'epoch') return;
    const { epoch, trainLoss, validationLoss } = facts;
    this.epochs.push({ epoch, trainLoss, validationLoss });
    this.scalars?.scalar('loss/training', trainLoss, epoch);
    this.scalars?.scalar('loss/held out', validationLoss, epoch);
    this.scalars?.flush();
  }
}
