import { Command } from 'commander';
import { openTableWriter, requireTableFormat } from '../../adapters/files/open-table-writer';
import type { Output } from '../../adapters/files/output';
import { writeWhole } from '../../adapters/files/whole-file';
import { systemClock } from '../../adapters/system/clock';
import { currencyOf, DEFAULT_CURRENCY, minorPerMajor } from '../../domain/currency';
import type { CustomerEvent } from '../../domain/event';
import { currencyFault, type Model } from '../../domain/scoring/model';
import { Scorer } from '../../domain/scoring/scorer';
import { checkFaults, trainingFaults } from '../../services/fit/history-checks';
import { customersOf, SCORE_COLUMNS, scoreRow } from '../../services/predict/score-history';
import { requireWritable } from '../files/writable';
import { attributesFile, historyBefore, recordedHistory, withAttributes } from '../fit/history';
import { attributesOption, currencyOfFiles, type FileArguments, withFileOptions } from '../options/file-options';
import { backendName, currencyOption, isoDate, positiveInteger, wholeNumber } from '../options/option-values';
import { withTrainingOptions } from '../options/training-options';
import { fitOnTheSpot, modelOf, type ScoringModel, type SpotFit, scaleNote } from '../predict/predict-model';
import { failInOneLine } from '../process/one-line-failure';
import { ProgressLine } from '../reports/progress-line';

interface PredictArguments extends SpotFit, FileArguments {
  readonly events: readonly string[];
  readonly out: string;
  readonly attributes?: string;
  readonly model?: string;
  readonly fit?: true;
  readonly saveModel?: string;
  readonly asOf?: number;
  readonly currency?: string;
  readonly force?: true;
}

/** Customers that are scored and written at a time. */
const AT_ONCE = 2_000;
/** What to do, after the reason. */
const NOT_RECOMMENDED =
  'It scores all the same, but do not choose among customers by these scores: a longer history or more customers are needed. Without --fit and --model the shipped weights score';
const CLV_365 = SCORE_COLUMNS.findIndex(({ name }) => name === 'clv_365d');

/** `clv-stream predict`: scores of every customer of event files, in one command. */
export function predictCommand(): Command {
  return withFileOptions(withTrainingOptions(new Command('predict')))
    .summary('score every customer of event files, and write a table')
    .description(
      'Reads event files, scores every customer in them as the scorer would, and writes one row per customer.\n' +
        'The model is that of --model, or the shipped one. With --fit it is trained on the same files first, as clv-stream fit does.\n' +
        'It needs no Kafka, no Redis and no settings. docs/predict.md says what the columns mean.',
    )
    .requiredOption('--events <file...>', 'event files: CSV, gzipped or not, or Parquet (docs/files.md)')
    .requiredOption('--out <file>', 'where to write: .csv, .jsonl or .parquet')
    .addOption(attributesOption())
    .option('--model <file>', 'a model artefact; default: the shipped first weights')
    .option('--fit', 'train the model on these files first')
    .option('--save-model <file>', 'with --fit: also write the model (.clvm)')
    .option(
      '--as-of <date>',
      'score as of the beginning of this day, YYYY-MM-DD (UTC); default: after the last event',
      isoDate,
    )
    .option(
      '--currency <code>',
      `currency of the amounts, ISO 4217 (default: that of the model, else of the preset, else ${DEFAULT_CURRENCY})`,
      currencyOption,
    )
    .option('--force', 'go on although most rows can not be used, or with --fit the history is too small or too short')
    .option('--seed <n>', 'seed of the training', wholeNumber, 1)
    .option('--backend <name>', 'auto, native or wasm', backendName, 'auto')
    .option('--threads <n>', 'threads of the native backend', positiveInteger, 2)
    .addHelpText(
      'after',
      `
Examples:
  clv-stream predict --events orders.csv.gz --fit --currency GBP --out scores.csv
  clv-stream predict --events orders.csv.gz --model shop/model.clvm --as-of 2024-07-01 --out scores.parquet`,
    )
    .action(async (options: PredictArguments, command: Command) => {
      const fault = faultOf(options);
      if (fault) command.error(`error: ${fault}`, { exitCode: 2 });
      await failInOneLine('predict', () => predictScores(options));
    });
}

function faultOf({ fit, model, saveModel }: PredictArguments): string | null {
  if (fit && model !== undefined) return 'choose the model: either --model or --fit';
  if (saveModel !== undefined && !fit) return '--save-model needs --fit';
  return null;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function predictScores(options: PredictArguments): Promise<void> {
  const { out, fit, asOf, events: paths, attributes, model: modelFile, saveModel } = options;
  if (asOf !== undefined && asOf * 1000 > Date.now())
    throw new Error('--as-of is later than now: silence that has not come yet is no evidence; name a day up to today');
  const inputs = [...paths, attributes, modelFile].filter((path) => path !== undefined);
  const output = { option: '--out', path: out };
  await requireWritable([output, { option: '--save-model', path: saveModel }], { inputs });
  requireTableFormat(output);
  const stored = fit ? null : await modelOf(options.model);
  const currency = options.currency ?? stored?.model.settings.currency?.code ?? currencyOfFiles(options);
  const fault = stored && currencyFault(stored.model.settings, currencyOf(currency), 'give --currency ');
  if (fault) throw new Error(`the model is refused: ${fault}`);
  const history = await read(options, currency);
  const events = [...history.events];
  if (events.length === 0) {
    const when = asOf === undefined ? '' : ` before ${new Date(asOf * 1000).toISOString().slice(0, 10)}`;
    throw new Error(`no event${when} can be used, so there is nobody to score`);
  }
  const { model, objection } = stored ?? (await fitted({ ...history, events }, events, currency, options));
  const perMajor = minorPerMajor(currency);
  const note = scaleNote(model, events, history.endS, perMajor);
  if (note !== null) say(note);
  if (objection !== null) say(`warning: ${objection}. ${NOT_RECOMMENDED}`);
  const scored = { events, asOfS: history.endS, money: { currency, minorPerMajor: perMajor } };
  const { customers, total } = await writeScores(model, scored, output);
  const when = new Date(history.endS * 1000).toISOString();
  process.stdout.write(
    `${out}: ${customers} customers as of ${when}, model ${model.version}${objection === null ? '' : ' (not recommended)'}; expected value of the next 365 days ${total.toFixed(2)} ${currency}\n`,
  );
}

async function read(options: PredictArguments, currency: string) {
  const { events, attributes, asOf } = options;
  const table = attributes === undefined ? null : await attributesFile(attributes);
  const made = await recordedHistory(events, currency, { files: options, say, force: options.force === true });
  const history = table === null ? made : withAttributes(made, table);
  return asOf === undefined ? history : historyBefore(history, asOf);
}

async function fitted(
  history: Awaited<ReturnType<typeof read>>,
  events: readonly CustomerEvent[],
  currency: string,
  options: PredictArguments,
): Promise<ScoringModel> {
  checkFaults(trainingFaults(events, history.endS), options.force === true, say);
  const fit = await fitOnTheSpot(history, events, currency, options, say);
  if (options.saveModel !== undefined) {
    await writeWhole({ option: '--save-model', path: options.saveModel }, fit.artefact);
  }
  return fit;
}

/** Scores and writes all customers, and shows on stderr how far it is. */
async function writeScores(
  model: Model,
  history: Parameters<typeof customersOf>[1],
  output: Output,
): Promise<{ customers: number; total: number }> {
  const customers = customersOf(model, history);
  const scorer = new Scorer(model, history.money.minorPerMajor);
  const table = await openTableWriter(output, SCORE_COLUMNS);
  const line = new ProgressLine(process.stderr, systemClock);
  let total = 0;
  try {
    for (let from = 0; from < customers.length; from += AT_ONCE) {
      const rows = customers.slice(from, from + AT_ONCE).map((customer) => scoreRow(scorer, customer, history));
      for (const row of rows) total += Number(row[CLV_365]);
      await table.write(rows);
      const done = from + rows.length;
      line.show({ share: done / customers.length, text: `${done} of ${customers.length} customers scored` });
    }
    await table.close();
  } catch (error) {
    await table.discard();
    throw error;
  } finally {
    line.clear();
  }
  return { customers: customers.length, total };
}
