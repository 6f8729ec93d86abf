import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedHistory } from '../../../src/cli/fit/history';

test('an order with lines in two files: each is reported with its own lines, after all have been read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clv-joined-'));
  try {
    const paths = ['a', 'b'].map((name) => join(folder, `${name}.csv`));
    const head = 'customer_id,ts,order_id,amount';
    writeFileSync(paths[0]!, `${head}\na,2024-01-01,1,10\n`);
    writeFileSync(paths[1]!, `${head}\na,2024-01-01,1,5\nb,2024-01-01,2,6\n`);
    const said: string[] = [];
    await recordedHistory(paths, 'EUR', { files: { joinLines: 'sum' }, say: (line) => said.push(line) });
    expect(said.filter((line) => line.startsWith(folder))).toEqual([
      `${paths[0]}: 1 row read, 1 taken, 0 passed over`,
      `${paths[1]}: 2 rows read, 2 taken, 0 passed over`,
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
