import { flag, instant, oneOf, real, whole } from './kinds';
import { type Setting, settingOf } from './setting';

const setting = settingOf('trainer');

/** How the model learns on the stream. */
export const TRAINER = {
  CLV_BACKEND: setting(
    oneOf('auto', 'native', 'wasm'),
    'auto',
    'TensorFlow backend of the trainer; auto tries native, then WebAssembly.',
  ),
  CLV_REFIT_EVERY_DAYS: setting(
    whole(0, 365),
    '7',
    "Days of event time between two refits of the shop's statistics; 0 for never.",
  ),
  CLV_TRAIN_EVERY_DAYS: setting(whole(0, 365), '7', 'Days of event time between two rounds of training; 0 for never.'),
  CLV_TRAIN_OBJECTIVE: setting(
    oneOf('closed', 'fixed-target', 'td'),
    'fixed-target',
    'How open label intervals are learnt from: closed, not at all; fixed-target, with the forecast of the model in force; td, with that of the network in training.',
  ),
  CLV_LATENESS_SECONDS: setting(
    whole(0, 31_536_000),
    '3600',
    "Allowed lateness: an event may be this much older than its topic's newest event and still count in a label, seconds.",
  ),
  CLV_ORIGIN_EVERY_DAYS: setting(
    real(0.01, 365),
    '7',
    'Days of event time between two forecast origins of a customer.',
  ),
  CLV_TRAIN_QUORUM: setting(
    whole(1, 1_000),
    '3',
    'Least number of customers of a topic and partition that move the event time of labels. 1: the newest record does, so one wrong date closes them.',
  ),
  CLV_TRAIN_SILENCE_DAYS: setting(
    whole(0, 365),
    '7',
    'Days after which the local clock stands for a quorum that does not come, in a live stream; 0 for never.',
  ),
  CLV_TRAIN_TIME_CONFIRMED: setting(
    instant,
    '',
    'Confirms that event time has jumped to this instant (ISO 8601), so that it needs no quorum. Set it on every trainer, restart them, and remove it afterwards.',
  ),
  CLV_TRAIN_SHARED: setting(
    flag,
    'false',
    'true: several trainers share the label work by partitions, and one of them trains. Needs Kafka. Must be the same for setup and every trainer of a deployment.',
  ),
  CLV_TRAIN_SEED: setting(whole(0, 4_294_967_295), '1', 'Seed of the choice and order of examples.'),
} as const satisfies Record<string, Setting<unknown>>;
