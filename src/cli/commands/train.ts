import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { openTrainerStore } from '../../adapters/embedded/trainer-store';
import { loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import type { Settings } from '../../config/table';
import { DEFAULT_TRAINER_SETTINGS, DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../services/trainer/settings';
import { openDeployment } from '../compose/deployment';
import { openAnyTrainer } from '../compose/trainer';
import { openPlatform } from '../platform/open-platform';
import type { Platform } from '../platform/platform';
import { tellParent } from '../process/parent';
import { type ProcessContext, runProcess } from '../process/process';

export function trainCommand(): Command {
  return new Command('train')
    .description('train on the stream: let labels mature, fine-tune, and publish the models that pass the gate')
    .option('--accelerated', 'settings for event time in which days pass in seconds, as in the demo')
    .addHelpText(
      'after',
      `
Reads the same topics as the scorer, from its own positions. Folded states, open label intervals, the reservoir and the positions commit
together in CLV_HOME/trainer. So a killed trainer goes on with the same labels, if CLV_HOME is on a disk that stays. Run one trainer per
deployment: a second one on the same CLV_HOME is refused, and of two with different ones, one goes on. Models are published to clv-models. Every scorer swaps them in between two micro-batches.

With CLV_TRAIN_SHARED=true, start as many trainers as there are partitions, or fewer. The consumer group CLV_APP-train divides the label work among
them, and the one that owns partition 0 trains. Each needs a CLV_HOME of its own, on any disk: the labels are in clv-examples.`,
    )
    .action((options: { accelerated?: true }) =>
      runProcess({ name: 'train', withoutRedis: true }, async (context) => {
        const { settings, observer, clock } = context;
        const platform = await openPlatform(settings, observer, clock, { lasts: true });
        try {
          return await train(context, platform, options.accelerated === true);
        } finally {
          await platform.close();
        }
      }),
    );
}

async function train(context: ProcessContext, platform: Platform, accelerated: boolean): Promise<undefined> {
  const { settings, observer, signal } = context;
  // Stores of their own: what one trainer has stored is no slice, and the other way round.
  const storePath = join(settings.CLV_HOME, settings.CLV_TRAIN_SHARED ? 'shared-trainer' : 'trainer');
  mkdirSync(storePath, { recursive: true });
  const store = openTrainerStore(storePath);
  try {
    const http = await context.serveHttp();
    const backend = await loadBackend({ preference: settings.CLV_BACKEND, threads: 1 });
    observer.notice('info', `training on ${backend.name} (TensorFlow.js ${backend.version}); metrics at ${http.url}`);
    // The demo starts this process as a child, and reports its backend.
    tellParent({ backend: backend.name });
    const deployment = await openDeployment(platform, context, { trains: true, lasts: true });
    const learner = new TensorFlowLearner(backend);
    const trainer = await openAnyTrainer(deployment, {
      store,
      learner,
      settings: accelerated ? acceleratedSettings(settings) : trainerSettings(settings),
    });
    context.setReadiness(() => ({ ready: true, reasons: [] }));
    await trainer.run(signal);
    learner.dispose();
  } finally {
    await store.close();
  }
}

/** What moves event time is the operator's to say in any case. The local clock is no witness of days that pass in seconds. */
function acceleratedSettings(settings: Settings): TrainerSettings {
  const { CLV_TRAIN_QUORUM: quorum, CLV_TRAIN_TIME_CONFIRMED: confirmedS } = settings;
  return { ...DEMO_TRAINER_SETTINGS, quorum, confirmedS };
}

function trainerSettings(settings: Settings): TrainerSettings {
  return {
    ...DEFAULT_TRAINER_SETTINGS,
    latenessDays: settings.CLV_LATENESS_SECONDS / 86_400,
    quorum: settings.CLV_TRAIN_QUORUM,
    silenceDays: settings.CLV_TRAIN_SILENCE_DAYS,
    confirmedS: settings.CLV_TRAIN_TIME_CONFIRMED,
    originEveryDays: settings.CLV_ORIGIN_EVERY_DAYS,
    trainEveryDays: settings.CLV_TRAIN_EVERY_DAYS,
    objective: settings.CLV_TRAIN_OBJECTIVE,
    refitEveryDays: settings.CLV_REFIT_EVERY_DAYS,
  };
}
