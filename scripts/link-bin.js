/**
 * Makes `npx clv-stream` find this checkout's own program: npx looks into node_modules/.bin, where npm links the programs of
 * dependencies, not the package's own. Without the link npx would install the checkout into its cache first.
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
  // Windows without the right to link: npx takes its longer way.
  if (error.code !== 'EPERM') throw error;
}
