import { writeWhole } from '../../../adapters/files/whole-file';
import { SHOPS, type ShopName } from '../../../domain/simulation/shop-population';
import type { EvaluationSources } from '../../../services/evaluation/evaluation-task';
import { evaluateSimulated } from '../../../services/evaluation/simulated/evaluate-simulated';
import { simulatedReport } from './simulated-report';
import { simulatedTable } from './simulated-table';

export interface SimulatedArguments {
  readonly shop: ShopName;
  readonly customers: number;
  readonly shopSeed: number;
  readonly days: number;
  readonly cut?: number;
  readonly horizon?: number;
  readonly seeds: number;
  readonly json?: string;
  readonly report?: string;
}

/** In seconds. Before the season, so that the calendar matters. */
const DEFAULT_CUT_S = Date.UTC(2025, 9, 1) / 1000;
const DEFAULT_HORIZON_DAYS = 91;
/** The simulated currency has hundredths. */
const MINOR_PER_MAJOR = 100;

/** `evaluate --simulated`: compares models with the true values of simulated customers. `beforeTable` is called before the table is printed. */
export async function runSimulated(
  options: SimulatedArguments,
  sources: EvaluationSources,
  beforeTable: () => void,
): Promise<void> {
  const result = await evaluateSimulated(
    {
      population: SHOPS[options.shop],
      customers: options.customers,
      seed: options.shopSeed,
      historyDays: options.days,
      cutS: options.cut ?? DEFAULT_CUT_S,
      horizonDays: options.horizon ?? DEFAULT_HORIZON_DAYS,
      seeds: Array.from({ length: options.seeds }, (_, i) => i + 1),
      minorPerMajor: MINOR_PER_MAJOR,
    },
    sources,
  );
  beforeTable();
  process.stdout.write(`${simulatedTable(result)}\n`);
  const { json, report } = options;
  if (json) await writeWhole({ option: '--json', path: json }, `${JSON.stringify(result)}\n`);
  if (report) await writeWhole({ option: '--report', path: report }, simulatedReport(result));
}
