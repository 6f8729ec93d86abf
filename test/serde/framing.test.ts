import { CLICK, TICK } from '../../src/serde/contracts';
import { asBuffer, FramedWriter } from '../../src/serde/framing';

describe('Confluent framing', () => {
  test('golden bytes: 0x00, the id big-endian, then Avro', () => {
    const bytes = new FramedWriter(TICK).encode({ asOf: 1_000, shard: 1, shards: 2 });
    // Zig-zag varints: 1000 → d0 0f, 1 → 02, 2 → 04.
    expect(bytes.toString('hex')).toBe('0000000004d00f0204');
  });

  test('golden bytes of a click with a null union', () => {
    const click = { eventId: 'e', customerId: 'c1', eventTime: 0, target: null };
    expect(new FramedWriter(CLICK).encode(click).toString('hex')).toBe('0000000002' + '0265' + '046331' + '00' + '00');
  });

  test('a record larger than the buffer grows it, and later ones are unharmed', () => {
    const writer = new FramedWriter(CLICK, 16);
    const long = { eventId: 'x'.repeat(5_000), customerId: 'c', eventTime: 5, target: null };
    expect(CLICK.type.fromBuffer(writer.encode(long).subarray(5))).toEqual(long);
    const short = { ...long, eventId: 'y' };
    expect(CLICK.type.fromBuffer(writer.encode(short).subarray(5))).toEqual(short);
  });

  test('a record that does not fit its schema leaves nothing for the next one; a huge one does not stay in memory', () => {
    const writer = new FramedWriter(CLICK, 16);
    const click = { eventId: 'e', customerId: 'c', eventTime: 5, target: null };
    const expected = writer.encode(click);
    expect(() => writer.encode({ ...click, eventId: 'x'.repeat(500), eventTime: Number.NaN })).toThrow();
    expect(writer.encode(click)).toEqual(expected);
    writer.encode({ ...click, eventId: 'x'.repeat(8 * 2 ** 20) });
    expect(writer.encode(click)).toEqual(expected);
    expect((writer as unknown as { scratch: Buffer }).scratch.length).toBeLessThan(2 ** 20);
  });

  test('each record is a copy: the next one does not write over it', () => {
    const writer = new FramedWriter(TICK);
    const first = writer.encode({ asOf: 1, shard: 0, shards: 1 });
    const before = Buffer.from(first);
    writer.encode({ asOf: 2, shard: 3, shards: 4 });
    expect(first).toEqual(before);
  });

  test('asBuffer shares memory and keeps the view’s bounds', () => {
    const bytes = Uint8Array.from([1, 2, 3, 4]).subarray(1, 3);
    const buffer = asBuffer(bytes);
    expect([...buffer]).toEqual([2, 3]);
    buffer[0] = 9;
    expect(bytes[0]).toBe(9);
  });
});
