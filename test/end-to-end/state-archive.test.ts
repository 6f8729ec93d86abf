import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isComplete, passes } from '../../src/domain/audit/audit';
import { importState } from '../../src/services/archive/archive';
import { LineSigner } from '../../src/services/archive/line-digests';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type DeploymentKind, openDeployment } from '../support/deployment';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clv-archive-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.trimEnd().split('\n');
}

function suite(kind: DeploymentKind): void {
  test('an older export put back while the log goes on: a roll-back, nothing lost, nothing doubled', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100' });
    try {
      const environment = environmentOf(deployment.settings);
      const file = join(dir, 'state.jsonl.gz');
      const records = simulatedRecords(deployment, 900, { customers: 30, seed: 8 });
      await deployment.write(records.slice(0, 300));
      const first = await deployment.startScorer();
      await deployment.drained();
      await first.stop();
      const exported = runCommand(['state', 'export', '--out', file], environment);
      expect(exported).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/state\.jsonl\.gz: \d+ customers of 3 /),
      });

      await deployment.write(records.slice(300, 600));
      const second = await deployment.startScorer();
      await deployment.drained();
      await second.stop();
      const whole = await deployment.states();
      const published = await deployment.updates();

      const imported = runCommand(['state', 'import', '--in', file], environment);
      expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('customers imported') });
      expect((await deployment.states()).size).toBeLessThanOrEqual(whole.size);
      await deployment.write(records.slice(600));
      await deployment.startScorer();
      await deployment.drained();

      const verdicts = await deployment.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
      const updates = await deployment.updates();
      expect(updates).toHaveLength(900);
      expect(published).toHaveLength(600);
      // What was rolled back is said so, once per customer that was touched since the export.
      const marked = updates.filter(({ refolded }) => refolded).map(({ customerId }) => customerId);
      expect(marked.length).toBeGreaterThan(0);
      expect(new Set(marked).size).toBe(marked.length);
      const states = await deployment.states();
      expect([...states.values()].reduce((sum, { folded }) => sum + folded.reduce((n, f) => n + f.count, 0), 0)).toBe(
        900,
      );
    } finally {
      await deployment.close();
    }
  }, 120_000);

  test('reads the file to its end before it changes anything, and refuses one that is not of these topics', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100' });
    try {
      const environment = environmentOf(deployment.settings);
      const whole = join(dir, 'state.jsonl.gz');
      await deployment.write(simulatedRecords(deployment, 120, { customers: 10, seed: 9 }));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      await scorer.stop();
      expect(runCommand(['state', 'export', '--out', whole], environment).code).toBe(0);
      const before = await deployment.states();
      const text = gunzipSync(readFileSync(whole)).toString();
      const broken = {
        'cut off': text.split('\n').slice(0, -3).join('\n'),
        'no JSON': text.replace('"customer"', 'customer'),
        "can't be read": text.replace(/"state":"..../, '"state":"AAAA'),
        'customers were read': text.replace(/\{"customer".*\n/, ''),
        'is an export of the topics': text.replace(deployment.platform.topics.inputs[0], 'another'),
        'has 1 partitions': text
          .split('\n')
          .slice(0, text.split('\n').findIndex((l) => l.includes('"partitionEnd":0')) + 1)
          .join('\n')
          .replace('"partitions":3', '"partitions":1'),
      };
      for (const [fault, content] of Object.entries(broken)) {
        const file = join(dir, 'broken.jsonl');
        const ended = fault === 'has 1 partitions' ? endOf(content) : content;
        writeFileSync(file, signedAgain(ended));
        const { code, stderr } = runCommand(['state', 'import', '--in', file], environment);
        expect({ fault, code, stderr }).toEqual({ fault, code: 1, stderr: expect.stringContaining(fault) });
      }
      writeFileSync(
        join(dir, 'flipped.jsonl'),
        text.replace(/("state":"....)(.)/, (_, head, char) => head + (char === 'A' ? 'B' : 'A')),
      );
      const flipped = runCommand(['state', 'import', '--in', join(dir, 'flipped.jsonl')], environment);
      expect(flipped).toMatchObject({ code: 1, stderr: expect.stringMatching(/line \d+ \(customer .*\) is damaged/) });
      expect(await deployment.states()).toEqual(before);
    } finally {
      await deployment.close();
    }
  }, 120_000);

  /** With digests that fit: what is wrong is in the lines themselves. */
  function signedAgain(content: string): string {
    const signer = new LineSigner();
    const sign = (line: string) => signer.sign(line.replace(/,"crc":"[0-9a-f]{8}"\}$/, '}'));
    return content.replace(/[^\n]+/g, sign);
  }

  function endOf(content: string): string {
    const { customers } = JSON.parse(content.split('\n').at(-1)!) as { customers: number };
    return `${content}\n${JSON.stringify({ end: true, customers })}\n`;
  }

  test('never leaves half a state behind: whoever claims meanwhile finds none, and the import ends with an error', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100' });
    try {
      const file = join(dir, 'state.jsonl');
      await deployment.write(simulatedRecords(deployment, 200, { customers: 20, seed: 10 }));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      await scorer.stop();
      expect(runCommand(['state', 'export', '--out', file], environmentOf(deployment.settings)).code).toBe(0);
      const archive = deployment.platform.stateArchive();
      const store = deployment.platform.stateStore();
      const meddled = {
        head: (partition: number) => archive.head(partition),
        begin: (partition: number) => archive.begin(partition),
        put: async (...args: Parameters<typeof archive.put>) => {
          const stored = await archive.put(...args);
          expect((await store.claim(args[0])).meta).toBeNull();
          return stored;
        },
        finish: (...args: Parameters<typeof archive.finish>) => archive.finish(...args),
        close: () => archive.close(),
      };
      const text = readFileSync(file, 'utf8');
      await expect(importState(meddled, linesOf(text), () => undefined)).rejects.toMatchObject({
        code: 'CLV_STATE_ARCHIVE',
        message: expect.stringMatching(/a scorer claimed partition/),
      });
      expect((await store.claim(0)).meta).toBeNull();
      await importState(archive, linesOf(text), () => undefined);
      await deployment.startScorer();
      await deployment.write(simulatedRecords(deployment, 250, { customers: 20, seed: 10 }).slice(200));
      await deployment.drained();
      expect((await deployment.audit()).every(passes)).toBe(true);
      expect(await deployment.updates()).toHaveLength(250);
    } finally {
      await deployment.close();
    }
  }, 120_000);
}

describe('the state set aside and put back, on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('the state set aside and put back, on Kafka and Redis', () => suite('kafka'));
