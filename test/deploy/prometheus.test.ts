import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const PROMTOOL = '/usr/bin/promtool';
const FOLDER = join(__dirname, '../../deploy/prometheus');
const missing = !existsSync(PROMTOOL);
const reason = missing ? ` (skipped: no ${PROMTOOL}; apt-get install prometheus)` : '';

interface Rule {
  readonly alert?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly runbook?: string };
}

function read<T>(file: string): T {
  return parse(readFileSync(join(FOLDER, file), 'utf8')) as T;
}

const alerts = read<{ groups: { rules: Rule[] }[] }>('rules.yml')
  .groups.flatMap((group) => group.rules)
  .filter((rule) => rule.alert !== undefined);

if (missing && process.env.CI === 'true') {
  test('promtool is there under CI=true', () => {
    throw new Error(`${PROMTOOL} is missing: apt-get install prometheus`);
  });
}

(missing ? describe.skip : describe)(`promtool${reason}`, () => {
  // The token's file exists only inside the container, so the configuration is checked by its syntax.
  test.each([
    [['check', 'config', '--syntax-only', 'prometheus.yml']],
    [['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml']],
    [['test', 'rules', 'rules.test.yml']],
  ])('%j', (args) => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { cwd: FOLDER, encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});

test.each(alerts.map((rule) => [rule.alert, rule] as const))(
  '%s says what to do, here and in the runbook',
  (name, rule) => {
    expect(['page', 'ticket']).toContain(rule.labels?.severity);
    // A finding, then an instruction.
    expect(rule.annotations?.summary).toMatch(/: .+\.$/);
    const [file, anchor] = (rule.annotations?.runbook ?? '').split('#');
    const headings = [...readFileSync(join(FOLDER, '../..', file ?? ''), 'utf8').matchAll(/^## (.+)$/gm)];
    expect(headings.map((heading) => heading[1])).toContain(name);
    expect(anchor).toBe(name?.toLowerCase());
  },
);

test('every alert is tested to fire', () => {
  const { tests } = read<{ tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[] }>(
    'rules.test.yml',
  );
  const fired = tests.flatMap((one) => one.alert_rule_test).filter((one) => one.exp_alerts.length > 0);
  expect([...new Set(fired.map((one) => one.alertname))].sort()).toEqual(alerts.map((rule) => rule.alert).sort());
});
