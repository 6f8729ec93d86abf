/**
 * Measures what learning on the stream is worth: on recorded shops, in event time, it compares the online trainer with a frozen model, with
 * fits and refits, and with baselines, on the same questions. Every question is asked at midnight, once a week. The trainer
 * works by days of event time, as a live one does. A figure is of one shop and one stretch.
 *   npm run bench -- learning --shops online-retail,ta-feng --seeds 3
 *   npm run bench -- learning --quick
 * The quick form takes a share of the customers by hash, one seed, and the online trainer with the baselines.
 * A long table can be made in pieces: --only-seed 2 --models online --train-only makes one contender's models, and a later run takes them from
 * the cache, if it is on the same backend.
 * --settings '{"objective":"td"}' tries other settings of the trainer.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadBackend } from '../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../src/adapters/tensorflow/tensorflow-learner';
import { minorPerMajor } from '../src/domain/currency';
import { SECONDS_PER_DAY } from '../src/domain/event';
import type { Difference } from '../src/domain/metrics/bootstrap';
import type { Learner } from '../src/ports/learner';
import { DEFAULT_PRETRAIN } from '../src/services/fit/pretrain';
import { DEFAULT_TRAINER_SETTINGS, type TrainerSettings } from '../src/services/trainer/settings';
import { ScheduleCache } from './learning/cache';
import { type Compared, compare, type Groups, recovered } from './learning/comparison';
import { baselines, type Contender, scheduled } from './learning/contenders';
import { judge, type Sheet } from './learning/judge';
import { foldedContender, oracle } from './learning/oracle';
import { questionRounds } from './learning/questions';
import { fitted, frozen, type Release, type Schedule, trained } from './learning/schedule';
import { learnUntilS, openShop, SHOPS, type Shop, type ShopHistory } from './learning/shops';

const BACKENDS = ['auto', 'native', 'wasm'] as const;
const REFERENCE = 'frozen';
const ORACLE = 'oracle';
/** Contenders that the other ones are measured against, in extra lines. */
const LEARNERS = ['online', 'fitted, then online'];
/** Share of the distance between frozen and oracle. */
const NEAR = 0.2;
const WHOLE = {
  shops: SHOPS.map(({ name }) => name).join(','),
  models: 'online,fit,refit,fit-online,baselines,oracle',
};
/** Around a change of the trainer: fits and oracle do not change with it. */
const QUICK = {
  shops: 'online-retail,ta-feng,cdnow,essec,complete-journey,simulated-demand,simulated-year-1',
  models: 'online,baselines',
};
export const SHORT = [
  '--shops',
  'simulated-year-1',
  '--share',
  '0.1',
  '--seeds',
  '1',
  '--resamples',
  '10',
  '--models',
  'online',
];

/** Event time between two looks of the trainer, days. */
const STEP_DAYS = 7;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      shops: { type: 'string' },
      seeds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      share: { type: 'string' },
      models: { type: 'string' },
      resamples: { type: 'string', default: '200' },
      settings: { type: 'string', default: '{}' },
      backend: { type: 'string', default: 'auto' },
      'only-seed': { type: 'string' },
      'train-only': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const upTo = Array.from({ length: values.quick ? 1 : Number(values.seeds) }, (_, i) => i + 1);
  const onlySeed = values['only-seed'];
  const seeds = onlySeed === undefined ? upTo : [Number(onlySeed)];
  const preference = BACKENDS.find((one) => one === values.backend);
  if (preference === undefined) throw new Error(`there is no backend ${values.backend}; one of ${BACKENDS.join(', ')}`);
  const learner = new TensorFlowLearner(await loadBackend({ preference, threads: 1 }));
  const cache = new ScheduleCache();
  const results: unknown[] = [];
  const usual = values.quick ? QUICK : WHOLE;
  for (const name of (values.shops ?? usual.shops).split(',')) {
    const shop = SHOPS.find((one) => one.name === name);
    if (shop === undefined)
      throw new Error(`there is no shop ${name}; one of ${SHOPS.map((one) => one.name).join(', ')}`);
    const share = Number(values.share ?? (values.quick ? shop.quickShare : 1));
    const history = await openShop(shop, share);
    const task = {
      history,
      learner,
      cache,
      share,
      models: (values.models ?? usual.models).split(','),
      settings: JSON.parse(values.settings),
    };
    const money = minorPerMajor(shop.currency);
    const contenders: Contender[] = [];
    const groups = new Map([[REFERENCE, [REFERENCE]]]);
    for (const seed of seeds)
      for (const { group, contender } of await learned(task, seed, money)) {
        contenders.push(contender);
        groups.set(group, [...(groups.get(group) ?? []), contender.name]);
      }
    if (values['train-only']) continue;
    if (task.models.includes('baselines')) contenders.push(...baselines(history, money));
    contenders.unshift(scheduled(REFERENCE, frozen(), money));
    for (const { name } of contenders) if (![...groups.values()].flat().includes(name)) groups.set(name, [name]);
    const sheets = judge(
      questionRounds(history, shop.judgedFromS, STEP_DAYS, DEFAULT_PRETRAIN.window),
      contenders,
      money,
      (atS) => say(`${name}: questions of ${day(atS)}`),
    );
    results.push({
      shop: name,
      share,
      seeds,
      sheets: sheets.map((sheet) => table(shop, sheet, groups, Number(values.resamples))),
    });
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results));
  learner.dispose();
}

interface Task {
  readonly history: ShopHistory;
  readonly learner: Learner;
  readonly cache: ScheduleCache;
  readonly share: number;
  readonly models: readonly string[];
  /** Settings of the trainer that differ from the defaults. */
  readonly settings: Partial<TrainerSettings>;
}

/** The contenders that learn, each with its schedule of models. */
async function learned(
  { history, learner, cache, share, models, settings }: Task,
  seed: number,
  money: number,
): Promise<{ group: string; contender: Contender }[]> {
  const { shop } = history;
  const { judgedFromS } = shop;
  const contenders: { group: string; contender: Contender }[] = [];
  const add = async (model: string, name: string, make: () => Promise<Schedule>, open = scheduled) => {
    if (!models.includes(model)) return null;
    const schedule = await cache.of(
      `${shop.name}-${share}-${model}-${seed}-${STEP_DAYS}d-${learner.backend}-${JSON.stringify(settings)}`,
      async () => {
        say(`${shop.name}: ${name}, seed ${seed}`);
        return make();
      },
    );
    say(`${shop.name}: ${name}, seed ${seed}: ${schedule.releases.length - 1} releases; ${verdictText(schedule)}`);
    for (const { fromS, note } of schedule.releases) say(`  ${day(fromS)} ${note}`);
    contenders.push({ group: name, contender: open(`${name}, seed ${seed}`, schedule, money) });
    return schedule;
  };
  const fitAt = async (cutS: number): Promise<Release> => ({
    fromS: cutS - 1,
    artefact: await fitted(history, cutS, seed, learner, money),
    note: `fitted before ${day(cutS)}`,
  });
  const run = (
    start?: { atS: number; artefact: Uint8Array },
    changes: Partial<TrainerSettings> = {},
    records: 'releases' | 'trainee' = 'releases',
  ) =>
    trained({
      records,
      history,
      learner,
      seed,
      minorPerMajor: money,
      settings: { ...DEFAULT_TRAINER_SETTINGS, ...changes, ...settings },
      stepDays: STEP_DAYS,
      ...(start === undefined ? {} : { start }),
      onProgress: (timeS) => say(`${shop.name}: online at ${day(timeS)}`),
    });
  await add('online', 'online', () => run());
  await add('trainee', 'in training, without a gate', () => run(undefined, {}, 'trainee'));
  await add('shop', 'statistics of the shop', () => run(undefined, { trainEveryDays: 0 }));
  const once = await add('fit', 'fitted once', async () => ({
    releases: [...frozen().releases, await fitAt(judgedFromS)],
    verdicts: {},
  }));
  await add('refit', `refitted every ${shop.refitEveryDays} days`, async () => {
    const releases: Release[] = [...(once ?? { releases: [...frozen().releases, await fitAt(judgedFromS)] }).releases];
    const everyS = shop.refitEveryDays * SECONDS_PER_DAY;
    for (let cutS = judgedFromS + everyS; cutS < learnUntilS(history); cutS += everyS) releases.push(await fitAt(cutS));
    return { releases, verdicts: {} };
  });
  if (once !== null)
    await add('fit-online', 'fitted, then online', () =>
      run({ atS: judgedFromS, artefact: once.releases[1]!.artefact }),
    );
  await add(
    'oracle',
    ORACLE,
    () => oracle({ history, learner, seed, minorPerMajor: money, everyDays: STEP_DAYS }),
    foldedContender,
  );
  return contenders;
}

function table(shop: Shop, sheet: Sheet, groups: Groups, resamples: number) {
  const oracleIn = groups.has(ORACLE) ? { oracle: ORACLE } : {};
  const compared = compare(sheet, groups, { resamples, reference: REFERENCE, ...oracleIn });
  console.log(
    `\n${shop.name}, ${sheet.days} days: ${sheet.customers.length} questions from ${day(shop.judgedFromS)} on`,
  );
  console.log(
    '| model | loss | less frozen | gap closed | weekly nGini | less frozen | weekly ρ | CRPS | orders | spend | 80 % holds |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const [name, { own, less, gapClosed }] of compared) {
    const against = less.get(REFERENCE)!;
    const figures = [
      own.loss.difference.toFixed(4),
      interval(against.loss, 4),
      gapClosed === undefined ? '' : interval(gapClosed, 2),
      own.nGini.difference.toFixed(3),
      interval(against.nGini, 3),
      own.spearman.difference.toFixed(3),
      own.crps.difference.toFixed(4),
      percent(own.ordersBias.difference),
      percent(own.spendBias.difference),
      `${(100 * own.coverage80.difference).toFixed(1)} %`,
    ];
    console.log(`| ${name} | ${figures.join(' | ')} |`);
  }
  for (const name of LEARNERS) {
    const learner = compared.get(name);
    if (learner !== undefined) console.log(`${name} less the others: ${versusText(name, learner)}`);
  }
  if (groups.has(ORACLE) && sheet.days === STEP_DAYS && shop.judgedUntilS === undefined) {
    const rounds = recovered(sheet, groups, { reference: REFERENCE, oracle: ORACLE, share: NEAR });
    const days = (round: number | null) => (round === null ? 'never' : `${round * STEP_DAYS} days`);
    const texts = [...rounds].map(([name, round]) => `${name} ${days(round)}`);
    console.log(`nearer to the oracle than ${100 * NEAR} % of the distance of frozen, for good: ${texts.join('; ')}`);
  }
  const rows = [...compared].map(([name, { own, less, gapClosed }]) => {
    return { name, own, gapClosed, less: Object.fromEntries(less) };
  });
  return { days: sheet.days, questions: sheet.customers.length, rows };
}

/** The paired differences that decide whether learning was worth it. */
function versusText(name: string, { less }: Compared): string {
  return [...less]
    .filter(([other]) => other !== name)
    .map(([other, { loss, nGini }]) => `${other} loss ${interval(loss, 4)} nGini ${interval(nGini, 3)}`)
    .join('; ');
}

function verdictText({ verdicts }: Schedule): string {
  const counts = Object.entries(verdicts).map(([reason, count]) => `${count} × ${reason}`);
  return counts.length === 0 ? 'no gate trial' : counts.join(', ');
}

function interval({ difference, low, high }: Difference, digits: number): string {
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
  return `${signed(difference)} [${signed(low)}, ${signed(high)}]`;
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`;
}

function day(timeS: number): string {
  return new Date(timeS * 1000).toISOString().slice(0, 10);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
