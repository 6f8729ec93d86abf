import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeStateV5, fixture } from './format-1';

/*
 * What commit 034dfd3 stores at format level 2 (test/fixtures/format-2/make.ts): the customers of format-1, and a decoder of that format
 * that shares no code with src. It stands for a scorer of that version in a rolling upgrade.
 */
const FIXTURES = join(__dirname, '../fixtures/format-2');

export function statesOfLevelTwo(): { blob: string; state: unknown }[] {
  const blobs = JSON.parse(readFileSync(join(FIXTURES, 'states.json'), 'utf8')) as string[];
  const states = fixture<{ state: unknown }[]>('states.json');
  return blobs.map((blob, i) => ({ blob, state: states[i]!.state }));
}

/** A new folder with the LMDB file that the program of level 2 wrote. It owns partitions 0 and 1. */
export function fixtureFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clv-test-embedded-'));
  writeFileSync(join(folder, 'data.mdb'), gunzipSync(readFileSync(join(FIXTURES, 'embedded.mdb.gz'))));
  return folder;
}

/** CRC-32C by long division. */
function checksum(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  }
  return ~rest >>> 0;
}

/** A state blob of version 6 as plain values. Throws for any other version and for a wrong checksum, as that program does. */
export function decodeStateV6(bytes: Uint8Array): unknown {
  if (bytes[0] !== 6) throw new Error('not version 6');
  const end = bytes.length - 4;
  if (Buffer.from(bytes).readUInt32LE(end) !== checksum(bytes.subarray(0, end))) throw new Error('wrong checksum');
  return decodeStateV5(Uint8Array.of(5, ...bytes.subarray(1, end)));
}
