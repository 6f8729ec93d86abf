import { gzipSync } from 'node:zlib';
import { compress as zstd } from '@bokuweb/zstd-wasm';
import * as lz4 from 'lz4js';
import * as snappy from 'snappyjs';
import { type Codec, inflate } from '../../../../src/adapters/kafka/compression/inflate';
import { lz4Frame } from '../../../support/lz4-frames';
import { seeded } from '../../../support/random-bytes';

const PACK: Readonly<Record<Exclude<Codec, 'none'>, (plain: Buffer) => Buffer>> = {
  gzip: (plain) => gzipSync(plain),
  snappy: (plain) => Buffer.from(snappy.compress(plain)),
  lz4: (plain) => Buffer.from(lz4.compress(plain)),
  zstd: (plain) => Buffer.from(zstd(plain)),
};
const CODECS = Object.keys(PACK) as (keyof typeof PACK)[];
const MOST = 1024 * 1024;

// Loads zstd's library, which must not be loaded twice.
beforeAll(() => inflate('zstd', Buffer.alloc(4), 1));

/** Text that repeats itself at all distances, with stretches that do not. */
function likelyRecords(random: ReturnType<typeof seeded>, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let size = 0; size < length; size += parts.at(-1)!.length) {
    const kind = random.below(4);
    if (kind === 0) parts.push(random.bytes(1 + random.below(300)));
    else if (kind === 1) parts.push(Buffer.alloc(1 + random.below(5000), random.below(256)));
    else if (parts.length > 0 && kind === 2) parts.push(parts[random.below(parts.length)]!);
    else parts.push(Buffer.from(`order ${random.below(100)} of customer ${random.below(1000)}; `));
  }
  return Buffer.concat(parts).subarray(0, length);
}

function xerial(blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const chunks = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([header, ...chunks]);
}

describe.each(CODECS)('inflate %s', (codec) => {
  test('gives back what another program packed', async () => {
    const random = seeded(codec);
    for (const length of [
      1,
      2,
      60,
      61,
      70_000,
      300_000,
      ...Array.from({ length: 20 }, () => 1 + random.below(20_000)),
    ]) {
      const plain = likelyRecords(random, length);
      const { bytes, fault } = await inflate(codec, PACK[codec](plain), MOST);
      expect(fault).toBeNull();
      expect(bytes.equals(plain)).toBe(true);
    }
  });

  test('stops at the bound and keeps a beginning', async () => {
    const plain = likelyRecords(seeded(codec), 3 * MOST);
    const { bytes, fault } = await inflate(codec, PACK[codec](plain), MOST);
    expect(fault).toContain(`more than ${MOST} bytes`);
    expect(bytes.length).toBeLessThanOrEqual(MOST);
    expect(bytes.length).toBeGreaterThan(MOST / 4);
    expect(plain.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  test('a bomb costs as much as its bound', async () => {
    const bomb = PACK[codec](Buffer.alloc(48 * MOST));
    const before = process.memoryUsage.rss();
    const { bytes, fault } = await inflate(codec, bomb, MOST);
    expect(fault).toContain('more than');
    expect(bytes.length).toBeLessThanOrEqual(MOST);
    // Far below the 48 MiB that it would take; generous, because the collector runs when it likes.
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * MOST);
  });

  test('takes whatever bytes there are: no throw, no byte beyond the bound', async () => {
    const random = seeded(codec);
    const plain = likelyRecords(random, 4000);
    const packed = PACK[codec](plain);
    for (let round = 0; round < 200; round++) {
      const mutant = round % 4 === 0 ? random.bytes(1 + random.below(400)) : Buffer.from(packed);
      // Half of the random ones begin as the format does.
      if (round % 8 === 0) packed.copy(mutant, 0, 0, Math.min(12, mutant.length));
      for (let flips = 1 + random.below(4); flips > 0; flips--) mutant[random.below(mutant.length)] = random.below(256);
      const cut = random.below(3) === 0 ? mutant.subarray(0, random.below(mutant.length)) : mutant;
      const { bytes } = await inflate(codec, cut, MOST);
      expect(bytes.length).toBeLessThanOrEqual(MOST);
    }
  });
});

describe('inflate', () => {
  test('reads LZ4 in several blocks, as far as the bound', async () => {
    const plain = Buffer.concat([Buffer.from('a beginning'), Buffer.alloc(9 * MOST, 'x'), Buffer.from('an end')]);
    const whole = await inflate('lz4', lz4Frame(plain), 10 * MOST);
    expect(whole.fault).toBeNull();
    expect(whole.bytes.equals(plain)).toBe(true);
    const cut = await inflate('lz4', lz4Frame(plain), MOST);
    expect(cut.fault).toContain('more than');
    expect(cut.bytes.equals(plain.subarray(0, MOST))).toBe(true);
  });

  test("reads the framing of Java's snappy", async () => {
    const halves = [Buffer.alloc(40_000, 'order one; '), Buffer.alloc(30_000, 'order two; ')];
    const { bytes, fault } = await inflate('snappy', xerial(halves.map(PACK.snappy)), MOST);
    expect(fault).toBeNull();
    expect(bytes.equals(Buffer.concat(halves))).toBe(true);
  });

  test('keeps what came before a fault', async () => {
    const good = Buffer.alloc(40_000, 'order one; ');
    const broken = PACK.snappy(good).subarray(0, 100);
    const { bytes, fault } = await inflate('snappy', xerial([PACK.snappy(good), broken]), MOST);
    expect(fault).toMatch(/snappy/);
    expect(good.equals(bytes.subarray(0, good.length))).toBe(true);
    const packed = gzipSync(Buffer.from(seeded('gzip').bytes(100_000)));
    const cut = await inflate('gzip', packed.subarray(0, packed.length - 1_000), MOST);
    expect(cut.fault).toMatch(/gzip/);
    expect(cut.bytes.length).toBeGreaterThan(90_000);
  });

  test('a claim of a size does not allocate it', async () => {
    // LZ4, zstd and snappy heads that claim gigabytes, with nothing behind them.
    const claims: [Codec, Buffer][] = [
      ['snappy', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61])],
      ['lz4', Buffer.from([4, 0x22, 0x4d, 0x18, 0x6c, 0x70, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0x10])],
      ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0])],
      ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0])],
    ];
    for (const [codec, bytes] of claims) {
      const before = process.memoryUsage();
      const inflated = await inflate(codec, bytes, MOST);
      expect(inflated.fault).not.toBeNull();
      expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(8 * MOST);
    }
  });

  test('names an unknown codec', async () => {
    expect(await inflate(undefined, Buffer.from('x'), MOST)).toMatchObject({ fault: expect.stringMatching(/codec/) });
  });
});
