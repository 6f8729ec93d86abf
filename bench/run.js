/**
 * npm run bench -- NAME [ARGUMENTS]: runs bench/NAME.ts. Without a name, it lists the benchmarks.
 * npm run bench -- NAME --short: with the benchmark's smallest arguments. Its figures mean nothing; it shows that the benchmark works.
 */
require('../test/support/swc-register.js');
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(__dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));
if (name === undefined || !existsSync(join(__dirname, `${name}.ts`))) {
  console.error(`usage: npm run bench -- NAME   (one of ${names.join(', ')})`);
  process.exit(2);
}
const benchmark = require(join(__dirname, `${name}.ts`));
const args = rest[0] === '--short' ? benchmark.SHORT : rest;
Promise.resolve(benchmark.main(args)).catch((error) => {
  console.error(error);
  process.exit(1);
});
