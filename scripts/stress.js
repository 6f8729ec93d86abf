/**
 * npm run test:stress: the whole suite several times in a row on a busy machine. Two loops that never rest run beside it, so on two cores
 * every test gets about half the time it is used to. A suite that passes here does not depend on how fast the machine is.
 *   npm run test:stress -- --times 1 --loops 4 -- test/end-to-end
 * Options: --times (3), --loops (2); what follows a second `--` goes to jest.
 */
const { spawn, spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { parseArgs } = require('node:util');

const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '3' }, loops: { type: 'string', default: '2' } },
  allowPositionals: true,
});
const count = (name) => {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`--${name} is ${values[name]}: give a whole number`);
  process.exit(2);
};
const times = count('times');
const busy = Array.from({ length: count('loops') }, () =>
  // Ends by itself if this process is gone: then its input is closed.
  spawn(
    process.execPath,
    [
      '-e',
      'process.stdin.resume().on("end", () => process.exit()); const spin = () => { for (let i = 0; i < 1e7; i++); setImmediate(spin); }; spin();',
    ],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  ),
);
const jest = join(__dirname, '..', 'node_modules', 'jest', 'bin', 'jest.js');

let failed = 0;
const took = [];
for (let run = 1; run <= times; run++) {
  console.log(`run ${run} of ${times}, ${busy.length} busy loops beside it`);
  const startedMs = Date.now();
  const { status } = spawnSync(process.execPath, [jest, ...positionals], { stdio: 'inherit' });
  took.push(`${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  if (status !== 0) failed += 1;
}
for (const child of busy) child.kill('SIGKILL');
for (const [run, result] of took.entries()) console.log(`run ${run + 1}: ${result}`);
process.exit(failed === 0 ? 0 : 1);
