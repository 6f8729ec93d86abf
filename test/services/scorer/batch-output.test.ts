import type { DeadLetter } from '../../../src/domain/dead-letter';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { BatchOutput } from '../../../src/services/scorer/batch-output';

const codec = new DeadLetterCodec();
const MIB = 1024 * 1024;

const update = (bytes: number, key: Uint8Array | null = null): OutboxRecord => ({
  ...{ kind: 'update', key, value: new Uint8Array(bytes), timestampMs: 1, covers: [0] },
});

const letter = (change: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{ reason: 'undecodable', detail: 'No order.', topic: 'orders', partition: 0, offset: 7, timestampMs: 5 },
  ...{ key: null, value: null, ...change },
});

function decoded({ value }: OutboxRecord): DeadLetter {
  const read = codec.decode(value);
  if (!read.ok) throw new Error(read.detail);
  return read.value;
}

describe('the output of a micro-batch', () => {
  test('keeps records in order and counts their bytes, 48 more for each', () => {
    const output = new BatchOutput(codec);
    expect([output.bytes, output.updates]).toEqual([0, 0]);
    const [first, second] = [update(100), update(10, new Uint8Array(3))];
    output.update(first);
    expect(output.bytes).toBe(148);
    output.update(second);
    expect([output.bytes, output.updates]).toEqual([148 + 61, 2]);
    output.deadLetter(letter(), [7]);
    expect(output.records.slice(0, 2)).toEqual([first, second]);
    expect(output.records[2]).toMatchObject({ kind: 'dead-letter', key: null, timestampMs: 5, covers: [7] });
    expect(output.bytes).toBe(209 + output.records[2]!.value.length + 48);
    expect([output.updates, ...output.letters]).toEqual([2, ['undecodable', 1]]);
  });

  test('drops updates that came last', () => {
    const output = new BatchOutput(codec);
    for (const bytes of [100, 10, 20]) output.update(update(bytes));
    output.cutTo(1);
    expect([output.records.length, output.bytes, output.updates]).toEqual([1, 148, 1]);
    output.cutTo(1);
    expect(output.bytes).toBe(148);
  });

  test('cuts a letter to what the log takes; without a bound to 16 MiB', () => {
    const bounded = new BatchOutput(codec, 1_000);
    bounded.deadLetter(letter({ value: new Uint8Array(5_000) }), [7]);
    expect(bounded.records[0]!.value.length).toBeLessThanOrEqual(1_000);
    expect(decoded(bounded.records[0]!).originalBytes).toBe(5_000);
    const output = new BatchOutput(codec);
    output.deadLetter(letter({ value: new Uint8Array(16 * MIB + 1) }), [7]);
    expect(output.records[0]!.value.length).toBeGreaterThan(16 * MIB - 200);
    expect(output.records[0]!.value.length).toBeLessThanOrEqual(16 * MIB);
  });

  test.each([
    ['of the value', { value: new Uint8Array(9) }, 9],
    ['that the letter says', { value: new Uint8Array(9), originalBytes: 30 }, 30],
    ['0 without a value', {}, 0],
  ])('writes a letter without its bytes if they cannot be written; its size is the one %s', (_, change, size) => {
    const error = `Error: ${'x'.repeat(250)}`;
    const failing = Object.assign(new DeadLetterCodec(), {
      encodeWithin(each: DeadLetter, maxBytes: number) {
        if (each.key !== null || each.value !== null) throw new Error('x'.repeat(250));
        return codec.encodeWithin(each, maxBytes);
      },
    });
    const output = new BatchOutput(failing);
    output.deadLetter(letter({ key: new Uint8Array(2), ...change }), [7]);
    expect(decoded(output.records[0]!)).toEqual({
      ...letter(),
      detail: `No order. The original bytes could not be kept (${error.slice(0, 200)}); they lie at this offset of the topic.`,
      originalBytes: size,
    });
  });
});
