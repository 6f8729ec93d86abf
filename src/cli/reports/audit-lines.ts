import { describeFinding, isComplete, isScorable, type PartitionVerdict, passes } from '../../domain/audit/audit';
import { INPUT_ROLES } from '../../domain/event';
import type { Topics } from '../platform/platform';

const COLUMNS: readonly (readonly [string, keyof PartitionVerdict])[] = [
  ['partition', 'partition'],
  ['events', 'events'],
  ['updates', 'updates'],
  ['dead letters', 'deadLetters'],
  ['lost', 'lost'],
  ['missing', 'missing'],
  ['doubled', 'doubled'],
  ['re-ordered', 'reordered'],
  ['mismatched', 'mismatched'],
  ['unexpected', 'unexpected'],
  ['contradicted', 'contradicted'],
  ['foreign', 'foreign'],
  ['overdue', 'overdue'],
  ['pending', 'pending'],
  ['compacted', 'compacted'],
];

/** Prints a table of the partitions, the findings, and the verdict in one word. */
export function printAudit(verdicts: readonly PartitionVerdict[], share: number | undefined, seed: number): void {
  const widthOf = (title: string) => Math.max(title.length, 9);
  const line = (cell: (column: (typeof COLUMNS)[number]) => string) =>
    console.log(COLUMNS.map((column) => cell(column).padStart(widthOf(column[0]))).join('  '));
  line(([title]) => title);
  for (const verdict of verdicts) line(([, field]) => String(verdict[field]));
  for (const verdict of verdicts) {
    for (const finding of verdict.findings) console.log(describeFinding(verdict.partition, finding));
    for (const gap of describeGaps(verdict)) console.log(gap);
  }
  for (const remark of remarks(verdicts, share, seed)) console.log(remark);
  console.log(verdictLine(verdicts));
}

/** The verdict. It says how many events it does not cover because they wait for their outcome. */
export function verdictLine(verdicts: readonly PartitionVerdict[]): string {
  const pending = verdicts.reduce((total, verdict) => total + verdict.pending, 0);
  const after = pending === 0 ? '' : `; ${pending} ${pending === 1 ? 'event is' : 'events are'} still to be scored`;
  if (!verdicts.every(passes)) return `FAILED${after}`;
  if (!verdicts.every(isScorable)) {
    return `PARTLY AUDITABLE: some scores cannot be rescored and were not checked${after}`;
  }
  if (verdicts.every(isComplete)) return pending === 0 ? 'passed' : `passed so far${after}`;
  return `PARTLY AUDITABLE: what the log still holds passed, the rest could not be checked${after}`;
}

/** Says that no record has an outcome, with the reason as far as it shows, and the next step. `verdicts` is empty if the topics are missing. */
export function nothingToAudit(verdicts: readonly PartitionVerdict[], topics: Topics): string {
  if (verdicts.length === 0) {
    return `nothing to audit: the topics ${topics.updates} and ${topics.deadLetters} do not exist. Run clv-stream setup, or check the settings`;
  }
  const pending = verdicts.reduce((total, verdict) => total + verdict.pending, 0);
  if (pending === 0) return 'nothing to audit: the topics hold no events and no updates';
  return `nothing to audit yet: ${pending} records wait for their first outcome. Start clv-stream score`;
}

function remarks(verdicts: readonly PartitionVerdict[], share: number | undefined, seed: number): string[] {
  const sum = (of: (verdict: PartitionVerdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const lines: string[] = [];
  const refolded = sum(({ refolded: count }) => count);
  const setAside = sum(({ setAside: count }) => count);
  const unscorable = sum((verdict) => verdict.unscorable);
  if (refolded > 0)
    lines.push(`${refolded} updates come after a roll-back of the state: their previous value is not checked`);
  if (setAside > 0)
    lines.push(`${setAside} records were set aside by a scorer: list them with clv-stream dead-letters list`);
  if (share !== undefined) {
    const chance = share === 1 ? 'every' : `${Number((100 * share).toPrecision(3))} % of the`;
    lines.push(
      `rescored ${sum((verdict) => verdict.rescored)} updates of ${chance} customers (seed ${seed}): ` +
        `an altered customer is found with probability ${share}`,
    );
  }
  if (unscorable > 0) lines.push(`${unscorable} updates cannot be rescored`);
  const unknown = [...new Set(verdicts.flatMap(({ unknownModels }) => unknownModels))];
  if (unknown.length > 0) {
    lines.push(`clv-models does not hold these models, which updates name: ${unknown.slice(0, 10).join(', ')}`);
  }
  return lines;
}

function describeGaps({ partition, notAuditableBefore, inputFrom }: PartitionVerdict): string[] {
  return notAuditableBefore.flatMap((before, topic) => {
    if (before === 0) return [];
    const from = inputFrom[topic]!;
    const gone =
      before === from
        ? 'the input was deleted'
        : `some updates or dead letters of offsets ${from} to ${before - 1} were deleted`;
    return [`partition ${partition}, ${INPUT_ROLES[topic]}: not auditable before offset ${before}, ${gone}`];
  });
}
