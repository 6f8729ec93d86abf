import type { StoredBtydModel } from '../../serde/stored-settings';
import { passedOverText } from '../../services/files/passed-over';
import { gainText, objectionTo } from '../../services/fit/recommendation';
import { describeShape } from '../options/network-options';
import { cleanedSentences } from '../reports/cleaning-lines';
import { valuesLine } from '../reports/fit/search-table';
import type { ModelCardFile } from './model-card';

const grouped = (value: number) => value.toLocaleString('en-GB');
const loss = (value: number) => value.toFixed(4);
const rank = (value: number | null) => value?.toFixed(3) ?? 'none';
const list = (values: readonly number[], places: number) => values.map((value) => value.toFixed(places)).join(', ');

/** `model-card.md`: the model card for people. */
export function modelCardPage(card: ModelCardFile): string {
  const { data, training, heldOut, network, features, settings } = card;
  const lines = [
    `# Model ${card.version}`,
    '',
    `\`${card.file}\`, ${grouped(card.bytes)} bytes, SHA-256 \`${card.sha256}\`.`,
    '',
    '## Data',
    '',
    ...rows([
      ['source', data.source],
      ['first and last event', `${data.firstEvent} to ${data.lastEvent} (${grouped(data.days)} days to the cut)`],
      ['customers, events', `${grouped(data.customers)}, ${grouped(data.events)}`],
      [
        'rows left out',
        data.passedOver.map((reason) => `${grouped(reason.count)}: ${passedOverText(reason)}`).join('; ') || 'nothing',
      ],
      ['cleaned', cleanedSentences(data.cleaned).join('; ') || 'nothing'],
      ['currency', data.currency],
    ]),
    '',
    '## Training',
    '',
    ...rows([
      ['seed, backend', `${training.seed}, ${training.backend}`],
      [
        'started from',
        training.startedFrom
          ? `encoder and heads of ${training.startedFrom.version} (${training.startedFrom.trainedOn})`
          : 'nothing',
      ],
      ['examples', `${grouped(training.examples.trained)} trained on, ${grouped(training.examples.heldOut)} held out`],
      ['epochs', `${training.epochs.length}; kept the one after epoch ${training.bestEpoch}`],
      ['network', describeShape(network)],
      ['inputs', `${features.step} per step, ${features.summary} from the summary (\`${features.fingerprint}\`)`],
      ['window', `the last ${settings.window} to ${2 * settings.window - 1} events`],
      ...searchRows(training.search),
      ['options', `\`${JSON.stringify(training.options)}\``],
    ]),
    '',
    '![Loss by epoch](loss.svg)',
    '',
    '## On customers that were held out',
    '',
    '| | this model | own past rate | one rate for all |',
    '|---|---|---|---|',
    `| loss, nats per example | **${loss(heldOut.loss)}** | ${heldOut.baselines.map((each) => loss(each.loss)).join(' | ')} |`,
    `| Spearman with the orders of the next 90 days | **${rank(heldOut.spearman90)}** | ${rank(heldOut.pastRateSpearman90)} | – |`,
    '',
    recommendation(heldOut),
    '',
    '| orders within | origins | predicted | actual |',
    '|---|---|---|---|',
    ...heldOut.calibration
      .filter(({ examples }) => examples > 0)
      .map(
        ({ days, examples, predictedOrders, actualOrders }) =>
          `| ${days} days | ${grouped(examples)} | ${grouped(Math.round(predictedOrders))} | ${grouped(actualOrders)} |`,
      ),
    '',
    '## Blend and calibration',
    '',
    ...blendLines(settings.structure),
    '',
    `Order value: prior mean ${settings.orderValue.meanMinor.toFixed(0)} minor units, worth ${settings.orderValue.weight.toFixed(2)} orders. Tier cuts: ${list(settings.tierCuts, 2)}.`,
    '',
    '## Limits of use',
    '',
    ...card.limits.map((limit) => `- ${limit}`),
    '',
  ];
  return lines.join('\n');
}

function recommendation({ gain }: ModelCardFile['heldOut']): string {
  const objection = objectionTo(gain);
  return objection === null
    ? `Recommended: better than one rate for all (gain ${gainText(gain)}).`
    : `**Not recommended**: ${objection}.`;
}

function searchRows(search: ModelCardFile['training']['search']): [string, string][] {
  if (search === null) return [];
  const { trials, folds, winner, values, loss: found, defaults } = search;
  const cuts = folds.map(({ cut, windowDays }) => `${cut.slice(0, 10)} for ${windowDays} days`).join(', ');
  return [
    [
      'search',
      `${trials} search runs, judged at ${cuts}; run ${winner} was chosen: ${valuesLine(values) || 'the defaults'}`,
    ],
    [
      'loss of the chosen run over the splits',
      `${loss(found)}; the default options ${defaults.loss === null ? 'were not measured' : loss(defaults.loss)} on ${grouped(defaults.customers)} customers`,
    ],
  ];
}

function blendLines(structure: StoredBtydModel | undefined): string[] {
  if (structure === undefined) return ['None: the network alone.'];
  const { paretoNbd: fit, networkShares, level, segmentFactors, value, calibration } = structure;
  return rows([
    [
      'Pareto/NBD',
      `r ${fit.r.toFixed(4)}, α ${fit.alpha.toFixed(3)}, s ${fit.s.toFixed(4)}, β ${fit.beta.toFixed(3)} (days)`,
    ],
    ["network's share of the orders, by 0, 1, 2–3, 4+ orders", list(networkShares, 2)],
    ['factor on all orders', level.toFixed(3)],
    ['factors on orders, by the same segments', segmentFactors ? list(segmentFactors, 2) : 'none'],
    [
      'order value',
      value
        ? `network's share ${value.networkShare.toFixed(2)}; Gamma-Gamma's prior mean ${value.prior.meanMinor.toFixed(0)}, worth ${value.prior.weight.toFixed(2)} orders`
        : "the network's",
    ],
    ['dispersion factors', calibration ? list(calibration.dispersion, 2) : 'none'],
    ['log-spend sigma factors', calibration ? list(calibration.spread, 2) : 'none'],
    ['Erlang shapes', calibration?.regularity ? list(calibration.regularity, 2) : 'none'],
  ]);
}

function rows(facts: readonly (readonly [string, string])[]): string[] {
  return ['| | |', '|---|---|', ...facts.map(([term, text]) => `| ${term} | ${text.replaceAll('|', '\\|')} |`)];
}
