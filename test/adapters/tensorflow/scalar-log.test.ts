import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBackend, loadNative } from '../../../src/adapters/tensorflow/backend';
import { openScalarLog } from '../../../src/adapters/tensorflow/scalar-log';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-scalars-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lengths of the records of an event file: u64 length, its checksum, the content, its checksum. */
function records(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    found.push(bytes.subarray(at + 12, at + 12 + length));
    at += 12 + length + 4;
  }
  return found;
}

const NAME = 'the native library writes an event file that holds each number by name and step';
if (loadNative(1).tf !== null || process.env.CI === 'true') {
  test(NAME, async () => {
    const backend = await loadBackend({ preference: 'native', threads: 1 });
    const log = openScalarLog(backend, join(folder, 'deep', 'run'))!;
    const before = backend.tf.memory().numTensors;
    for (const step of [1, 2, 3]) log.scalar('loss/training', 1 / step, step);
    log.flush();
    expect(backend.tf.memory().numTensors).toBe(before);
    const [file] = readdirSync(join(folder, 'deep', 'run'));
    const [version, ...scalars] = records(readFileSync(join(folder, 'deep', 'run', file!)));
    expect(version!.toString('latin1')).toContain('brain.Event:2');
    expect(scalars).toHaveLength(3);
    scalars.forEach((record, i) => {
      expect(record.includes('loss/training')).toBe(true);
      const value = Buffer.alloc(4);
      value.writeFloatLE(1 / (i + 1));
      expect(record.includes(value)).toBe(true);
    });
  });
} else {
  test.skip(`${NAME}: skipped, the library does not load; scripts/build-tfjs-native builds it`, () => {});
}
