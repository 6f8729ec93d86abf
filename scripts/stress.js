/**
 * npm run test:stress: runs the whole suite several times in a row on a busy machine. Two busy loops run at the same time, so on two
 * cores every test gets about half of its usual time. A suite that passes here does not depend on the machine's speed.
 *   npm run test:stress -- --times 1 --loops 4 -- test/end-to-end
 * Options: --times (3), --loops (2). Arguments after a second `--` go to jest.
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
  console.error(`--${name} is ${values[name]}: it must be a whole number`);
  process.exit(2);
};
const times = count('times');
const busy = Array.from({ length: count('loops') }, () =>
  // The child ends by itself when this process ends, because its input is then closed.
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
  console.log(`run ${run} of ${times}, ${busy.length} busy loops at the same time`);
  const startedMs = Date.now();
  const { status } = spawnSync(process.execPath, [jest, ...positionals], { stdio: 'inherit' });
  took.push(`${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  if (status !== 0) failed += 1;
}
for (const child of busy) child.kill('SIGKILL');
for (const [run, result] of took.entries()) console.log(`run ${run + 1}: ${result}`);
process.exit(failed === 0 ? 0 : 1);
