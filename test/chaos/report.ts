import { describeFinding, passes } from '../../src/domain/audit/audit';
import type { ChaosReport } from './chaos';
import { describeVerdict, isSound } from './verdict/verdict';

/** The sums of the audit over all partitions. */
export function totals(report: ChaosReport) {
  const sum = (pick: (verdict: ChaosReport['verdicts'][number]) => number): number =>
    report.verdicts.reduce((total, verdict) => total + pick(verdict), 0);
  return {
    events: sum((v) => v.events),
    updates: sum((v) => v.updates),
    deadLetters: sum((v) => v.deadLetters),
    sweepUpdates: sum((v) => v.sweepUpdates),
    lost: sum((v) => v.lost),
    doubled: sum((v) => v.doubled),
    missing: sum((v) => v.missing),
    mismatched: sum((v) => v.mismatched),
    reordered: sum((v) => v.reordered),
    unexpected: sum((v) => v.unexpected),
    pending: sum((v) => v.pending),
  };
}

/** What was injected, what went through, what the audit says: for a person. */
export function describeReport(report: ChaosReport): string {
  const sums = totals(report);
  const injected = Object.values(report.faults).reduce((a, b) => a + b, 0);
  return [
    `chaos, ${report.scenario}, seed ${report.seed}: ${injected} faults in ${report.seconds} s`,
    ...Object.entries(report.faults).map(([name, times]) => `  ${String(times).padStart(4)} × ${name}`),
    `written: ${report.written.events} events, ${report.written.repeats} upstream repeats, ${report.written.poison} poison records, ${report.written.profiles} profiles`,
    `models: ${report.modelsPublished} published, ${report.modelsInUpdates} versions in clv-updates; ${report.fenced} times fenced`,
    `audited: ${sums.events} input records, ${sums.updates} updates, ${sums.deadLetters} dead letters, ${sums.sweepUpdates} clock updates`,
    `lost ${sums.lost}, doubled ${sums.doubled}, missing ${sums.missing}, mismatched ${sums.mismatched}, re-ordered ${sums.reordered}, unexpected ${sums.unexpected}; wrong profiles ${report.wrongProfiles.length}`,
    `scorers asked to stop that ended with 0: ${report.orderlyExits}, at their deadline: ${report.boundedExits}; other ends: ${report.faultyExits.length}`,
    ...report.faultyExits,
    describeStands(report),
    report.secondVerdict === null
      ? 'no second verdict: this machine has no kcat (scripts/ci-services installs it)'
      : describeVerdict(report.secondVerdict),
    ...report.verdicts.flatMap(({ partition, findings }) =>
      findings.map((finding) => describeFinding(partition, finding)),
    ),
  ].join('\n');
}

/** Of each partition, and the longest of all in front. */
function describeStands({ stands }: ChaosReport): string {
  const longest = stands.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const each = stands.map(({ seconds }) => seconds.toFixed(0)).join(', ');
  return `longest stand: partition ${longest.partition}, ${longest.seconds.toFixed(1)} s from second ${longest.atSeconds}; of each partition: ${each} s`;
}

export function stands(report: ChaosReport): boolean {
  return (
    report.verdicts.every(passes) &&
    report.wrongProfiles.length === 0 &&
    totals(report).pending === 0 &&
    (report.secondVerdict === null || isSound(report.secondVerdict)) &&
    report.faultyExits.length === 0
  );
}
