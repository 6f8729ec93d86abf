import type { SimulatedEvaluation, SimulatedModel } from '../../../services/evaluation/simulated/simulated-result';
import { gainChart } from './charts';
import { escaped, page } from './report';
import { SIMULATED_COLUMNS, simulatedFacts, simulatedTable, syntheticHeading } from './simulated-table';

/** As many models as the chart has colours. */
const DRAWN: readonly SimulatedModel[] = [
  'oracle',
  'bayes',
  'served',
  'network',
  'pareto_nbd',
  'bg_nbd',
  'past_rate',
  'forest',
];

/** Regret and gain as one self-contained page. */
export function simulatedReport(result: SimulatedEvaluation): string {
  const { models, gain } = result;
  const names = Object.keys(models) as SimulatedModel[];
  const head = `<tr><th>model</th>${SIMULATED_COLUMNS.map(({ title }) => `<th>${title}</th>`).join('')}</tr>`;
  const rows = names.map((name) => {
    const cells = SIMULATED_COLUMNS.map(({ text }) => `<td>${text(models[name]!, models.oracle)}</td>`).join('');
    return `<tr><td>${name}</td>${cells}</tr>`;
  });
  return page(`SYNTHETIC evaluation: simulated ${result.shop} shop`, [
    `<p><strong>${escaped(syntheticHeading(result))}</strong></p>`,
    `<p>${escaped(simulatedFacts(result))}</p>`,
    `<table><thead>${head}</thead><tbody>${rows.join('')}</tbody></table>`,
    '<figure><figcaption>Gain of true expected value, synthetic</figcaption>',
    gainChart(DRAWN.flatMap((name) => (gain[name] === undefined ? [] : [{ name, gain: gain[name] }]))),
    '</figure>',
    `<pre>${escaped(simulatedTable(result))}</pre>`,
  ]);
}
