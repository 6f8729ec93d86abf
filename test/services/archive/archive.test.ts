import type { StateArchive } from '../../../src/ports/state-archive';
import type { PartitionMeta, StateReader } from '../../../src/ports/state-store';
import { NEWEST_FORMAT, OLDEST_FORMAT } from '../../../src/serde/format-level';
import { decodeState, formatOfState } from '../../../src/serde/state-blob';
import { checkArchive, exportState, importState } from '../../../src/services/archive/archive';
import { StateArchiveError } from '../../../src/services/archive/archive-lines';
import { LineSigner } from '../../../src/services/archive/line-digests';
import { fixture, plainOf } from '../../support/format-1';

const stored = fixture<{ blob: string; state: unknown }[]>('states.json').slice(0, 4);
const META: PartitionMeta = { commitIds: ['a', 'b'], commits: 17, folded: [9, 8], published: [9, 7] };
const HEADER = { partitions: 2, topics: ['orders', 'clicks'], exportedAt: '2026-01-01T00:00:00.000Z' };
const silent = () => {};

/** Two partitions, the second without a state. */
const reader = {
  async *scan(partition: number) {
    if (partition > 0) return;
    for (const [i, { blob }] of stored.entries()) yield { customerId: `c"${i}`, state: Buffer.from(blob, 'base64') };
  },
} as Pick<StateReader, 'scan'> as StateReader;

class MemoryArchive implements StateArchive {
  readonly states = new Map<string, Uint8Array>();
  readonly metas: PartitionMeta[] = [];
  begun = 0;

  constructor(private readonly format: number) {}

  head = async (partition: number) => (partition === 0 ? { meta: META, drained: true } : null);
  begin = async () => {
    this.begun += 1;
    return { epoch: 1, format: this.format };
  };
  put = async (_partition: number, _epoch: number, states: readonly { customerId: string; state: Uint8Array }[]) => {
    for (const { customerId, state } of states) this.states.set(customerId, state);
    return true;
  };
  finish = async (_partition: number, _epoch: number, meta: PartitionMeta) => this.metas.push(meta) > 0;
  close = async () => {};
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function exported(): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportState(new MemoryArchive(NEWEST_FORMAT), reader, HEADER, silent)) lines.push(line);
  return lines;
}

/** The lines as version 1 wrote them. */
const versionOne = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/,"crc":"[0-9a-f]{8}"\}$/, '}').replace('"version":2', '"version":1'));

async function refusal(lines: readonly string[]): Promise<string> {
  try {
    await checkArchive(linesOf(lines));
    return '';
  } catch (error) {
    if (error instanceof StateArchiveError) return error.message;
    throw error;
  }
}

test('an export is read whole, and put back at the level of the partition that takes it', async () => {
  const lines = await exported();
  expect(await checkArchive(linesOf(lines))).toEqual({ ...HEADER, customers: stored.length, hasDigests: true });
  for (const level of [OLDEST_FORMAT, NEWEST_FORMAT]) {
    const archive = new MemoryArchive(level);
    expect(await importState(archive, linesOf(lines), silent)).toBe(stored.length);
    expect(archive.metas).toEqual([META]);
    expect([...archive.states.values()].map(formatOfState)).toEqual(stored.map(() => level));
    expect([...archive.states.values()].map((blob) => plainOf(decodeState(blob)))).toEqual(
      stored.map(({ state }) => state),
    );
  }
});

test('law: every flipped bit of an export is refused, and nothing is put back', async () => {
  const bytes = Buffer.from((await exported()).join('\n'));
  const accepted: number[] = [];
  // Each byte of the short lines, and a step of 7 bits through the blobs: every bit position comes up.
  for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    if ((await refusal(damaged.toString().split('\n'))) === '') accepted.push(bit);
  }
  expect(accepted).toEqual([]);
});

test('the refusal names the line, the customer and what to do', async () => {
  const lines = await exported();
  const at = lines.findIndex((line) => line.includes('"customer":"c\\"2"'));
  const damaged = lines.map((line, i) =>
    i === at ? line.replace(/("state":"....)(.)/, (_, head, char) => head + (char === 'A' ? 'B' : 'A')) : line,
  );
  expect(await refusal(damaged)).toMatch(
    new RegExp(`^line ${at + 1} \\(customer c\\\\"2\\) is damaged.*digest is [0-9a-f]{8}.*another export$`),
  );
  const archive = new MemoryArchive(NEWEST_FORMAT);
  await expect(importState(archive, linesOf(damaged), silent)).rejects.toThrow(`line ${at + 1} `);
});

test('a line left out, moved, written twice or without its digest is refused where it stands', async () => {
  const lines = await exported();
  const swapped = [...lines];
  [swapped[2], swapped[3]] = [swapped[3]!, swapped[2]!];
  expect(await refusal(swapped)).toMatch(/^line 3 /);
  expect(await refusal(lines.filter((_, i) => i !== 3))).toMatch(/^line 4 /);
  expect(await refusal(lines.flatMap((line, i) => (i === 3 ? [line, line] : [line])))).toMatch(/^line 5 /);
  expect(await refusal(lines.map((line, i) => (i === 2 ? versionOne([line])[0]! : line)))).toMatch(/no digest/);
  expect(await refusal(lines.slice(0, -1))).toMatch(/cut off/);
  expect(await refusal([])).toMatch(/cut off/);
});

test('an export of version 1 is read, without digests', async () => {
  const lines = versionOne(await exported());
  expect(await checkArchive(linesOf(lines))).toMatchObject({ customers: stored.length, hasDigests: false });
  const archive = new MemoryArchive(NEWEST_FORMAT);
  await importState(archive, linesOf(lines), silent);
  expect(archive.states.size).toBe(stored.length);
});

test('version and digests go together: neither can be taken away alone', async () => {
  const lines = await exported();
  const signer = new LineSigner();
  const claimsOne = versionOne(lines).map((line) => signer.sign(line));
  expect(await refusal(claimsOne)).toMatch(/version 1 does not match the digests/);
  const claimsTwo = versionOne(lines).map((line) => line.replace('"version":1', '"version":2'));
  expect(await refusal(claimsTwo)).toMatch(/version 2 does not match the digests/);
  expect(await refusal(versionOne(lines).map((line, i) => (i === 2 ? lines[2]! : line)))).toMatch(
    /first line has none/,
  );
});

test('a state that can not be read is refused with its line and customer, however well signed', async () => {
  const signer = new LineSigner();
  const lines = versionOne(await exported()).map((line) =>
    signer.sign(line.replace('"version":1', '"version":2').replace(/"state":"[^"]*"/, '"state":"BQ=="')),
  );
  expect(await refusal(lines)).toMatch(/^line 3: the state of customer c"0 can't be read: state blob of 1 bytes/);
});
