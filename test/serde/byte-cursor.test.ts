import { ByteReader, ByteWriter, withoutChecksum } from '../../src/serde/byte-cursor';

const reader = (...bytes: number[]) => new ByteReader(Uint8Array.from(bytes));

describe('writing', () => {
  test('a throw leaves nothing behind, wherever it comes', () => {
    const writer = new ByteWriter(16);
    const clean = () => writer.write((w) => w.text('bob'));
    const expected = clean();
    for (let before = 0; before < 200; before++) {
      expect(() =>
        writer.write((w) => {
          for (let i = 0; i < before; i++) w.byte(i);
          w.varint(2 ** 53);
        }),
      ).toThrow(RangeError);
      expect(clean()).toEqual(expected);
    }
  });

  test('one blob inside another is refused, and the outer one is written whole', () => {
    const writer = new ByteWriter();
    const outer = writer.write((w) => {
      w.byte(1);
      expect(() => writer.write((inner) => inner.byte(9))).toThrow(/in use/);
      w.byte(2);
    });
    expect([...outer]).toEqual([1, 2]);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('no varint of %s', (value) => {
    expect(() => new ByteWriter().write((w) => w.varint(value))).toThrow(RangeError);
  });
});

describe('reading validates everything', () => {
  test.each<[string, () => unknown]>([
    ['a varint beyond 2^53', () => reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f).varint()],
    ['a varint of nine bytes', () => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1).varint()],
    ['a varint in more bytes than it needs', () => reader(0x80, 0).varint()],
    ['a varint that goes on past the end', () => reader(0x80).varint()],
    ['a byte past the end', () => reader().byte()],
    ['a float past the end', () => reader(1, 2, 3).float64()],
    ['a uint32 past the end', () => reader(1, 2, 3).uint32()],
    ['text that is no UTF-8', () => reader(2, 0xc3, 0x28).text()],
    ['text past the end', () => reader(9, 65).text()],
    ['a blob past the end', () => reader(9, 65).blob()],
    // 2^49 floats would be 2 PB: refused before they are allocated.
    ['a count that the bytes can not fill', () => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1).count(4)],
    ['floats past the end', () => reader(1, 2, 3, 4).float32s(2 ** 30)],
    ['bytes after the end', () => reader(1).end()],
    ['an unknown code', () => reader(3).code(3, 'form')],
    ['too few bytes for a checksum', () => withoutChecksum(Uint8Array.of(1, 2))],
    ['another checksum', () => withoutChecksum(Uint8Array.of(1, 2, 3, 4, 5))],
  ])('%s is refused by RangeError', (_name, read) => {
    expect(read).toThrow(RangeError);
  });

  test('a text of any length and alphabet is its length and its UTF-8', () => {
    const alphabets = ['abcXYZ019-_.', 'aé', '€a', 'a😀', '\u0000\u007f\u0080'];
    for (const alphabet of alphabets) {
      for (const length of [0, 1, 2, 42, 43, 63, 64, 126, 127, 128, 129, 300]) {
        const text = Array.from({ length }, (_, i) => [...alphabet][(i * 7 + length) % [...alphabet].length]).join('');
        const utf8 = Buffer.from(text);
        const expected = new ByteWriter().write((w) => w.blob(utf8));
        const written = new ByteWriter(1).write((w) => {
          w.text(text);
          w.byte(7);
        });
        expect(Buffer.from(written).equals(Buffer.concat([expected, Buffer.of(7)]))).toBe(true);
      }
    }
  });

  test('what was written is read, the largest numbers and a leading U+FEFF among it', () => {
    const numbers = [0, 1, 127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
    const bytes = new ByteWriter(1).write((w) => {
      for (const n of numbers) w.varint(n);
      w.signedVarint(-5);
      w.text('\ufeffid');
      w.checksum();
    });
    const r = new ByteReader(withoutChecksum(bytes));
    expect(numbers.map(() => r.varint())).toEqual(numbers);
    expect(r.signedVarint()).toBe(-5);
    expect(r.text()).toBe('\ufeffid');
    expect(() => r.end()).not.toThrow();
  });
});
