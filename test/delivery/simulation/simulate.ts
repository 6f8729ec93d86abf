import { variantNamed } from './mutants';
import { type Outcome, runSchedule } from './schedule';
import { FAULTS, type Fault } from './world';

/** Totals over many schedules. */
export interface Totals {
  readonly variant: string;
  /** Undefined if each seed draws a random half. */
  readonly faults: readonly Fault[] | undefined;
  readonly schedules: number;
  readonly first: Outcome | null;
  readonly violated: number;
  /** Schedules per kind of violation. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly injected: ReadonlyMap<string, number>;
  readonly published: number;
}

/** Runs the seeds from `first` on. */
export function simulate(variantName: string, first: number, schedules: number, faults?: readonly Fault[]): Totals {
  const variant = variantNamed(variantName);
  const kinds = new Map<string, number>();
  const injected = new Map<string, number>();
  let failed: Outcome | null = null;
  let violated = 0;
  let published = 0;
  for (let seed = first; seed < first + schedules; seed++) {
    const outcome = runSchedule(seed, faults === undefined ? { variant } : { variant, faults });
    published += outcome.facts.published;
    for (const [fault, times] of Object.entries(outcome.injected))
      injected.set(fault, (injected.get(fault) ?? 0) + times);
    if (outcome.found.length === 0) continue;
    violated++;
    failed ??= outcome;
    for (const kind of new Set(outcome.found.map(({ violation }) => violation)))
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return { variant: variantName, faults, schedules, first: failed, violated, kinds, injected, published };
}

/** The violations found, and the command that repeats each. */
export function report(totals: Totals): string {
  const { schedules, first, violated, kinds, injected, published } = totals;
  const list = (counts: ReadonlyMap<string, number>) => [...counts].map(([name, n]) => `${name} ${n}`).join(', ');
  const lines = [
    `${schedules} schedules, ${published} records published, ${violated} violated${violated > 0 ? ` (${list(kinds)})` : ''}`,
    `injected: ${list(injected)}`,
  ];
  if (first !== null) {
    const faults = totals.faults === undefined ? '' : ` --faults ${totals.faults.join(',')}`;
    lines.push(`first: seed ${first.seed} (${[...first.faults].join(', ')})`);
    lines.push(`  npm run simulate:delivery -- --replay ${first.seed} --variant ${totals.variant}${faults}`);
    for (const { violation, detail } of first.found) lines.push(`  ${violation}: ${detail}`);
  }
  return lines.join('\n');
}

/** npm run simulate:delivery -- [SCHEDULES] [--from SEED] [--variant NAME] [--faults A,B] | --replay SEED [--variant NAME] [--faults A,B] */
export function main(args: readonly string[]): number {
  const option = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const variant = option('--variant') ?? 'full';
  const named = option('--faults')?.split(',');
  const faults = named === undefined ? undefined : FAULTS.filter((fault) => named.includes(fault));
  if (faults?.length !== named?.length) throw new Error(`unknown fault among ${named}; known: ${FAULTS.join(', ')}`);
  const replay = option('--replay');
  if (replay !== undefined) {
    const outcome = runSchedule(Number(replay), {
      variant: variantNamed(variant),
      ...(faults === undefined ? {} : { faults }),
      trace: (line) => console.log(line),
    });
    for (const { violation, detail } of outcome.found) console.log(`${violation}: ${detail}`);
    return outcome.found.length === 0 ? 0 : 1;
  }
  const schedules = args[0]?.startsWith('--') === false ? Number(args[0]) : 100_000;
  const from = Number(option('--from') ?? 1 + Math.floor(Math.random() * 2 ** 31));
  console.log(`variant ${variant}, seeds ${from} to ${from + schedules - 1}; kinds of fault: ${FAULTS.join(', ')}`);
  const startedMs = Date.now();
  const totals = simulate(variant, from, schedules, faults);
  console.log(report(totals));
  console.log(`${Math.round((schedules * 1000) / Math.max(1, Date.now() - startedMs))} schedules/s`);
  return totals.violated === 0 ? 0 : 1;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
