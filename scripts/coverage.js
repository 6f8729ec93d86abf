/**
 * npm run coverage: the share of src that the unit and integration tests run, as one line per folder. The figures go into
 * CONTRIBUTING.md. It does not include the e2e tests, which cover code in separate processes (src/cli, much of src/adapters).
 * The files are in coverage/ (coverage/index.html shows each line).
 */
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join, relative } = require('node:path');

const ROOT = join(__dirname, '..');
const FOLDERS = ['domain', 'serde', 'delivery', 'services', 'config', 'observability', 'adapters'];
const MEASURES = ['statements', 'branches', 'functions', 'lines'];

const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...['--selectProjects', 'unit', 'integration', '--coverage', '--coverageProvider=v8'],
    ...FOLDERS.map((folder) => `--collectCoverageFrom=src/${folder}/**/*.ts`),
    ...['--coverageReporters=json-summary', '--coverageReporters=html', ...process.argv.slice(2)],
  ],
  { cwd: ROOT, stdio: 'inherit' },
);

const summary = JSON.parse(readFileSync(join(ROOT, 'coverage', 'coverage-summary.json'), 'utf8'));
const sums = Object.fromEntries(FOLDERS.map((folder) => [folder, MEASURES.map(() => ({ total: 0, covered: 0 }))]));
for (const [file, measured] of Object.entries(summary)) {
  if (file === 'total') continue;
  const sum = sums[relative(join(ROOT, 'src'), file).split(/[\\/]/)[0]];
  MEASURES.forEach((measure, i) => {
    sum[i].total += measured[measure].total;
    sum[i].covered += measured[measure].covered;
  });
}
const percent = ({ total, covered }) => (total === 0 ? '–' : `${((100 * covered) / total).toFixed(1)} %`);
console.log(`\n| folder | ${MEASURES.join(' | ')} |\n|---|${MEASURES.map(() => '---').join('|')}|`);
for (const folder of FOLDERS) console.log(`| ${folder} | ${sums[folder].map(percent).join(' | ')} |`);
process.exit(status ?? 1);
