/**
 * Makes `npx clv-stream` find this checkout's own program. npx searches node_modules/.bin, where npm links the programs of
 * dependencies but not the package's own. Without the link npx would first install the checkout into its cache.
 */
const { mkdirSync, rmSync, symlinkSync } = require('node:fs');
const { join } = require('node:path');

const bin = join(__dirname, '..', 'node_modules', '.bin');
const link = join(bin, 'clv-stream');
mkdirSync(bin, { recursive: true });
rmSync(link, { force: true });
try {
  symlinkSync(join('..', '..', 'bin', 'clv-stream.js'), link);
} catch (error) {
  // On Windows without the right to create links, npx installs the checkout instead.
  if (error.code !== 'EPERM') throw error;
}
