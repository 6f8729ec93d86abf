import { ATTRIBUTES, LEAST_CUSTOMERS_OF_VALUE } from '../../domain/attributes';
import { countOf } from '../../domain/wording';
import { toStoredSettings } from '../../serde/stored-settings';
import { passedOverText, totalPassedOver } from '../../services/files/passed-over';
import { gainText, IF_NOT_RECOMMENDED, objectionTo } from '../../services/fit/recommendation';
import { cleaningLines } from '../reports/cleaning-lines';
import type { FitOutcome } from './model-card';
import { type FitTarget, tensorboardFolder } from './target';

/** The last output of `fit`: one line of JSON, or sentences with the next steps. */
export function fitReport(outcome: FitOutcome, target: FitTarget, asJson: boolean): string {
  const { metrics, history, settings, artefact, backend } = outcome;
  const { passedOver } = history;
  const { cleaned } = outcome;
  if (asJson) {
    const { bytes, version } = artefact;
    const recommended = metrics.gain.proven;
    const figures = {
      bytes,
      version,
      backend,
      recommended,
      passedOver,
      cleaned,
      settings: toStoredSettings(settings),
      metrics,
    };
    return `${JSON.stringify({ out: target.artefact, ...figures })}\n`;
  }
  const { events, customers, trainExamples, validationExamples, epochs } = metrics;
  const objection = objectionTo(metrics.gain);
  const left = totalPassedOver(passedOver);
  const lines = [
    `${target.artefact}: ${artefact.version}, ${artefact.bytes} bytes`,
    `${events} events of ${customers} customers${left > 0 ? `, ${countOf(left, 'row')} left out` : ''}`,
    ...passedOver.map((reason) => `  ${reason.count}: ${passedOverText(reason)}`),
    ...cleaningLines(cleaned),
    ...attributeLines(outcome),
    `${trainExamples} examples, ${validationExamples} held out; best after epoch ${epochs}`,
    `held-out loss ${metrics.validationLoss.toFixed(4)} nats; each customer's own past rate ${metrics.pastRateLoss.toFixed(4)}, one rate for all ${metrics.constantRateLoss.toFixed(4)}`,
    `gain over one rate for all: ${gainText(metrics.gain)}`,
    ...metrics.calibration
      .filter(({ examples }) => examples > 0)
      .map(
        ({ days, examples, predictedOrders, actualOrders }) =>
          `orders within ${days} days of ${examples} held-out origins: predicted ${predictedOrders.toFixed(0)}, actual ${actualOrders}`,
      ),
    metrics.spearman90 === null
      ? 'no rank correlation: too few held-out customers have 90 days after their origin, or all of them ordered alike'
      : `Spearman with the orders of the next 90 days: ${metrics.spearman90.toFixed(3)}; own past rate ${metrics.baselineSpearman90?.toFixed(3) ?? 'none'}`,
    ...(target.folder === null ? [] : [`also written: ${besides(outcome, target.folder)}`]),
    ...(objection === null
      ? [
          `next: set CLV_MODEL=${target.artefact} for score and train to start a new deployment from it,`,
          `      or run clv-stream model publish ${target.artefact} to put it into force in a running one`,
        ]
      : [`not recommended: ${objection}`, `      Do not put it into force: ${IF_NOT_RECOMMENDED}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Which attributes became inputs. If none did, the reason. */
function attributeLines({ profiles, settings: { attributes } }: FitOutcome): string[] {
  if (profiles === 0) return [];
  if (attributes) {
    const counts = ATTRIBUTES.map((name) => `${name} ${attributes[name].length}`).join(', ');
    return [`attributes: ${profiles} profiles; values with an input: ${counts}`];
  }
  const why = `no value has ${LEAST_CUSTOMERS_OF_VALUE} customers before the history ends`;
  return [`attributes: ${profiles} profiles, none became an input: ${why}; a profile counts from its eventTime on`];
}

function besides({ backend, search }: FitOutcome, folder: string): string {
  const native = backend === 'WebAssembly' ? '' : `, tensorboard/ (tensorboard --logdir ${tensorboardFolder(folder)})`;
  const searched = search ? ', search.svg, search.jsonl' : '';
  return `model-card.md, model-card.json, loss.svg${searched}${native}`;
}
