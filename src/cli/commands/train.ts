import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { openTrainerStore } from '../../adapters/embedded/trainer-store';
import { loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import type { Settings } from '../../config/table';
import { DEFAULT_TRAINER_SETTINGS, DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../services/trainer/settings';
import { openDeployment } from '../compose/deployment';
import { openTrainer } from '../compose/trainer';
import { openPlatform } from '../platform/open-platform';
import { runProcess } from '../process/process';

export function trainCommand(): Command {
  return new Command('train')
    .description('learn on the stream: let labels mature, fine-tune, and publish what the gate lets through')
    .option('--accelerated', 'settings for event time that runs through days in seconds, as in the demo')
    .addHelpText(
      'after',
      `
Reads the same topics as the scorer, from positions of its own. Folded states, open label intervals, the reservoir and the positions
commit together in CLV_HOME/trainer, so that a killed trainer goes on with the same labels: give it a disk that stays. One trainer per
deployment. Models are published to clv-models; every scorer swaps them in between two micro-batches.`,
    )
    .action((options: { accelerated?: true }) =>
      runProcess({ name: 'train' }, async (context) => {
        const { settings, observer, clock, signal } = context;
        const platform = await openPlatform(settings, observer, clock);
        const storePath = join(settings.CLV_HOME, 'trainer');
        mkdirSync(storePath, { recursive: true });
        const store = openTrainerStore(storePath);
        try {
          const http = await context.serveHttp();
          const backend = await loadBackend({ preference: settings.CLV_BACKEND, threads: 1 });
          observer.notice(
            'info',
            `training on ${backend.name} (TensorFlow.js ${backend.version}); metrics at ${http.url}`,
          );
          // The demo, which starts this process, reports the backend.
          process.send?.({ backend: backend.name });
          const deployment = await openDeployment(platform, context);
          const learner = new TensorFlowLearner(backend);
          const trainer = openTrainer(deployment, {
            store,
            learner,
            settings: options.accelerated ? DEMO_TRAINER_SETTINGS : trainerSettings(settings),
          });
          context.setReadiness(() => ({ ready: true, reasons: [] }));
          await trainer.run(signal);
          learner.dispose();
          return undefined;
        } finally {
          await store.close();
          await platform.close();
        }
      }),
    );
}

function trainerSettings(settings: Settings): TrainerSettings {
  return {
    ...DEFAULT_TRAINER_SETTINGS,
    latenessDays: settings.CLV_LATENESS_SECONDS / 86_400,
    originEveryDays: settings.CLV_ORIGIN_EVERY_DAYS,
    trainEverySeconds: settings.CLV_TRAIN_EVERY_SECONDS,
  };
}
