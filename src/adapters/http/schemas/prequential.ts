import { instant, list, nullable, number, object, type Schema, text, whole } from './schema';

/** JSON has no NaN: a figure that the scores do not determine is null. */
const figure = nullable(number('null if the scores do not determine it.'));
const figures = (names: readonly string[], more: Readonly<Record<string, Schema>> = {}): Schema =>
  object({ ...Object.fromEntries(names.map((name) => [name, figure])), ...more });

const COVERAGE = ['ratio', 'coverage80', 'coverage95'];
const DECILES = list(figures(['predicted', 'actual'], { customers: whole('Customers.') }));
const QUANTITY = figures(
  [...COVERAGE, 'mae', 'rmse', 'spearman', 'nGini', 'crps', 'plain90', 'plain90Expected', 'decileWape'],
  { deciles: DECILES },
);

const MODEL_FIGURES = object({
  model: text("'served', or a model version."),
  scores: whole('Judged scores.'),
  orders: QUANTITY,
  spend: QUANTITY,
  buysAgain: figures(['brier', 'ece', 'auc'], {
    calibration: list(figures(['predicted', 'happened'], { customers: whole('Customers.') })),
  }),
  loss: figure,
  groups: {
    type: 'object',
    description: 'By orders so far.',
    additionalProperties: object({
      scores: whole('Judged scores.'),
      orders: figures(COVERAGE),
      spend: figures(COVERAGE),
    }),
  },
});

export const PREQUENTIAL = object({
  asOf: nullable(instant('Event time up to which labels have matured; null before the first report.')),
  currency: nullable(text('ISO 4217.')),
  currentVersion: nullable(text('The model in force.')),
  previousVersion: nullable(text('The one before.')),
  horizons: list(
    object({
      days: whole('Horizon.'),
      judged: whole('Scores ever judged.'),
      nextInDays: nullable(number('Event time until the next score can be judged.')),
      models: list(MODEL_FIGURES),
    }),
  ),
});
