import type { EvaluationResult } from '../../../services/evaluation/evaluation-result';
import { calibrationChart, decileChart, gainChart } from './charts';
import { COLUMNS, evaluationTable, modelRows } from './table';

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:1300px;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:1rem 0}th,td{padding:2px 8px;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}tbody tr:first-child{font-weight:600}thead th{border-bottom:1px solid #999}
svg{font-size:11px}.charts{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}pre{white-space:pre-wrap}`;

/** All cuts as one self-contained page: gain curves of all models, deciles and calibration of the served model. */
export function evaluationReport(results: readonly EvaluationResult[]): string {
  return page(`Evaluation of ${results[0]!.set}`, results.map(section));
}

/** A self-contained page. */
export function page(title: string, parts: readonly string[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>`,
    ...parts,
    '</body></html>\n',
  ].join('\n');
}

function section(result: EvaluationResult): string {
  const { models, cut, horizonDays, customers, seeds } = result;
  const parts = [
    `<h2>Cut ${cut}, ${horizonDays} days, ${customers} customers, ${seeds.length} seed${seeds.length === 1 ? '' : 's'}</h2>`,
  ];
  for (const side of ['counts', 'spend'] as const) {
    const curves = modelRows(result, side).map(({ name, judgement }) => ({ name, gain: judgement.gain }));
    parts.push(
      `<h3>${side === 'counts' ? 'Orders' : 'Spend'}</h3>`,
      table(result, side),
      '<div class="charts">',
      captioned('Gain', gainChart(curves)),
      captioned('Deciles, served', decileChart(models.served[side].deciles)),
      captioned('Calibration of "buys again", served', calibrationChart(models.served[side].calibration)),
      '</div>',
    );
  }
  return [...parts, `<details><summary>As text</summary><pre>${escaped(evaluationTable(result))}</pre></details>`].join(
    '\n',
  );
}

function table(result: EvaluationResult, side: 'counts' | 'spend'): string {
  const head = `<tr><th>model</th>${COLUMNS.map(({ title }) => `<th>${title}</th>`).join('')}</tr>`;
  const rows = modelRows(result, side).map(({ name, judgement }) => {
    const cells = COLUMNS.map(({ text }) => `<td>${text(judgement)}</td>`).join('');
    return `<tr><td>${name}</td>${cells}</tr>`;
  });
  return `<table><thead>${head}</thead><tbody>${rows.join('')}</tbody></table>`;
}

function captioned(caption: string, svg: string): string {
  return `<figure><figcaption>${caption}</figcaption>${svg}</figure>`;
}

export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
