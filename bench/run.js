/** npm run bench -- NAME [ARGUMENTS]: runs bench/NAME.ts. Without a name, it lists the benchmarks. */
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
Promise.resolve(require(join(__dirname, `${name}.ts`)).main(rest)).catch((error) => {
  console.error(error);
  process.exit(1);
});
