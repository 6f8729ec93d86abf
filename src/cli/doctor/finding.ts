import { EXIT } from '../process/process';

/** In the order in which `doctor` looks. */
export const CHECKS = [
  'store',
  'brokers',
  'versions',
  'topics',
  'partitioner',
  'records',
  'registry',
  'redis',
  'clock',
  'model',
  'disk',
] as const;

export type Check = (typeof CHECKS)[number];

/** fault: something does not work, or would lose data. warning: it works, and a person should change it. */
export type Level = 'ok' | 'warning' | 'fault';

export interface Finding {
  readonly check: Check;
  readonly level: Level;
  /** One sentence with the subject. */
  readonly finding: string;
  /** The next step, as a command or a setting. null for what is in order. */
  readonly fix: string | null;
}

export const ok = (check: Check, finding: string): Finding => ({ check, level: 'ok', finding, fix: null });
export const warning = (check: Check, finding: string, fix: string): Finding => ({
  check,
  level: 'warning',
  finding,
  fix,
});
export const fault = (check: Check, finding: string, fix: string): Finding => ({ check, level: 'fault', finding, fix });

const LEVELS: readonly Level[] = ['ok', 'warning', 'fault'];

export function worstOf(findings: readonly Finding[]): Level {
  return LEVELS[Math.max(0, ...findings.map(({ level }) => LEVELS.indexOf(level)))]!;
}

export const EXIT_OF: Readonly<Record<Level, number>> = { ok: EXIT.ok, warning: EXIT.partial, fault: EXIT.failed };

/** For people: two lines for what needs a step, one for what does not, and a verdict. */
export function doctorLines(findings: readonly Finding[]): string[] {
  const width = Math.max(...CHECKS.map((check) => check.length));
  const lines = findings.flatMap(({ check, level, finding, fix }) => {
    const head = `${(level === 'ok' ? level : level.toUpperCase()).padEnd(7)}  ${check.padEnd(width)}  `;
    return [`${head}${finding}`, ...(fix === null ? [] : [`${' '.repeat(head.length)}fix: ${fix}`])];
  });
  const count = (level: Level) => {
    const of = findings.filter((each) => each.level === level).length;
    return `${of} ${level}${of === 1 ? '' : 's'}`;
  };
  const verdict = worstOf(findings) === 'ok' ? 'nothing to mend' : `${count('fault')}, ${count('warning')}`;
  return [...lines, verdict];
}
