import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCliReference } from '../../src/cli/cli-reference';
import { program } from '../../src/cli/main';

const REFERENCE = join(__dirname, '../../docs/cli.md');

test('docs/cli.md matches the help of the commands (UPDATE_DOCS=true writes it again)', () => {
  const text = renderCliReference(program());
  if (process.env.UPDATE_DOCS === 'true') writeFileSync(REFERENCE, text);
  expect(existsSync(REFERENCE) ? readFileSync(REFERENCE, 'utf8') : '').toBe(text);
});
