import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/*
 * The stored format before format levels existed (commit 5210c9a): fixtures written by that version (test/fixtures/format-1/make.ts), and
 * decoders of that format that share no code with src. They stand for a scorer of that version in a rolling upgrade.
 */
const FIXTURES = join(__dirname, '../fixtures/format-1');

export function fixture<T>(name: 'states.json' | 'outbox.json' | 'trainer.json.gz'): T {
  const bytes = readFileSync(join(FIXTURES, name));
  return inTodaysNames(JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())) as T;
}

/** Fields of the fixtures' JSON that were renamed since: old name to new name. The blobs beside them contain no names. */
const RENAMED: Readonly<Record<string, string>> = {
  stratum: 'segment',
  group: 'segment',
  reading: 'outputs',
  trainedBlocks: 'trainedIntervals',
  cid: 'commitId',
  anchor: 'start',
  reversed: 'voided',
  reversedMinor: 'voidedMinor',
  spread: 'logSpendSigma',
  regularity: 'erlangShape',
};

function inTodaysNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inTodaysNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [RENAMED[key] ?? key, inTodaysNames(each)]));
}

/** A new folder with the LMDB file that the old program wrote. */
export function fixtureFolder(name: 'embedded' | 'trainer'): string {
  const folder = mkdtempSync(join(tmpdir(), `clv-test-${name}-`));
  writeFileSync(join(folder, 'data.mdb'), gunzipSync(readFileSync(join(FIXTURES, `${name}.mdb.gz`))));
  return folder;
}

/** Typed arrays as plain ones, to compare with a fixture. */
export const plainOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value, plainArray));

/** JSON.stringify calls this only after a Buffer's toJSON has turned it into an object. */
function plainArray(_: string, each: unknown): unknown {
  if (ArrayBuffer.isView(each)) return [...(each as Float32Array)];
  // No instanceof: the object is of Node's own realm, not of the test's.
  const isBuffer = typeof each === 'object' && each !== null && (each as { type?: unknown }).type === 'Buffer';
  return isBuffer ? (each as { data?: unknown }).data : each;
}

class Bytes {
  at = 0;
  constructor(readonly buffer: Buffer) {}

  u8 = () => this.buffer[this.at++]!;
  varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  zigzag = () => {
    const value = BigInt(this.varint());
    return Number(value & 1n ? -(value + 1n) / 2n : value / 2n);
  };
  /** Position of the next `length` bytes. */
  take = (length: number): number => {
    this.at += length;
    return this.at - length;
  };
  u32 = () => this.buffer.readUInt32LE(this.take(4));
  f64 = () => this.buffer.readDoubleLE(this.take(8));
  f32s = (count: number) => Array.from({ length: count }, () => this.buffer.readFloatLE(this.take(4)));
  blob = () => {
    const length = this.varint();
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  };
  text = () => this.blob().toString('utf8');
  times = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read);
}

/** A state blob of version 5 as plain values. Throws for any other version, as the old program did. */
export function decodeStateV5(bytes: Uint8Array): unknown {
  const b = new Bytes(Buffer.from(bytes));
  const { varint, u8 } = b;
  if (u8() !== 5) throw new Error('not version 5');
  const [firstSeenS, lastSeenS] = [varint() - 1, varint() - 1];
  const [placed, cancelled, cancelledValued, cancelledMinor, refunds, valued] = b.times(6, varint);
  const [firstOrderS, lastOrderS] = [varint() - 1, varint() - 1];
  const [placedMinor, returnedMinor, voided, voidedMinor] = b.times(4, varint);
  const [clicks, browses, timedBrowses, dwellS, reviews, starred, stars] = b.times(7, varint);
  const summary = {
    ...{ firstSeenS, lastSeenS, placed, cancelled, cancelledValued, cancelledMinor, refunds, valued, firstOrderS },
    ...{ lastOrderS, placedMinor, returnedMinor, voided, voidedMinor, clicks, browses, timedBrowses, dwellS },
    ...{ reviews, starred, stars, decayed: b.f32s(8) },
  };
  const profile = profileV5(b);
  const [a, l, t, topic, offset, clickBucket, browseBucket] = b.times(7, () => varint() - 1);
  const start = {
    ...{ firstSeenS: a, lastOrderS: l, timeS: t, topic, offset, clickBucket, browseBucket },
    ...{ voided: varint(), voidedMinor: varint() },
  };
  let timeS = 0;
  const events = b.times(varint(), () => {
    timeS += varint();
    return eventV5(b, timeS);
  });
  const encoderVersion = b.text();
  const hidden = b.f32s(varint());
  const cell = b.f32s(varint());
  const counts = b.times(4, () => ({ count: varint(), hash: b.u32() }));
  const identities = b.times(4, () => b.times(varint(), b.u32));
  const published =
    u8() === 0 ? null : { value: b.f64(), asOfS: varint() - 1, modelVersion: b.text(), refolded: u8() === 1 };
  if (b.at !== bytes.length) throw new Error('bytes after the end');
  // By topic index: the ticks (3) and the customers (5) have no counts.
  const byTopic = <T>(of: T[], nothing: T) => [of[0], of[1], of[2], nothing, of[3], nothing];
  const folded = byTopic(counts, { count: 0, hash: 0 });
  const recent = byTopic(identities, []);
  return { window: { start, events }, summary, profile, encoderVersion, hidden, cell, folded, recent, published };
}

function profileV5(b: Bytes): unknown {
  const form = b.u8();
  if (form === 0) return null;
  const offset = b.varint();
  if (form === 2) return { attributes: null, offset };
  const [ageBand, region, channel] = b.times(3, () => (b.u8() === 0 ? null : b.text()));
  return { attributes: { ageBand, region, channel }, offset };
}

function eventV5(b: Bytes, timeS: number): unknown {
  const code = b.u8();
  const kind = Math.floor(code / 8) % 8;
  const event = { timeS, topic: code % 8, offset: b.varint(), kind };
  const money = kind <= 2;
  const amounts = { amountMinor: money ? b.varint() : 0, items: money ? b.varint() : 0 };
  return {
    ...event,
    ...amounts,
    dwellS: kind === 4 ? b.varint() : 0,
    stars: kind === 5 ? b.u8() : 0,
    voided: Math.floor(code / 64),
  };
}

/** An outbox blob of version 1 as plain values. */
export function decodeOutboxV1(bytes: Uint8Array): unknown {
  const b = new Bytes(Buffer.from(bytes));
  if (b.u8() !== 1) throw new Error('not version 1');
  const commitIdBytes = b.u8();
  const commitIdAt = b.take(commitIdBytes);
  const commitId = b.buffer.toString('utf8', commitIdAt, commitIdAt + commitIdBytes);
  const topics = b.u8();
  const folded = b.times(topics, b.varint);
  const records = b.times(b.varint(), () => {
    const flags = b.u8();
    const timestampMs = b.zigzag();
    const covers = b.times(topics, () => b.varint() - 1);
    const key = flags & 2 ? [...b.blob()] : null;
    return { kind: flags & 1 ? 'dead-letter' : 'update', key, value: [...b.blob()], timestampMs, covers };
  });
  if (b.at !== bytes.length) throw new Error('bytes after the end');
  return { commitId, folded, records };
}
