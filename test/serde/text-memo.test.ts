import { mulberry32 } from '../../src/domain/math/random';
import { textOf } from '../../src/serde/text-memo';
import { testSeed } from '../support/seeded';

const encoder = new TextEncoder();

describe('remembered texts', () => {
  it('law: for texts that come again, and for others of the same slot, the text is that of the bytes', () => {
    const seed = testSeed();
    const random = mulberry32(seed);
    const whole = (below: number) => Math.floor(random() * below);
    const letters = ['a', 'b', 'é', '𝄞', '\u{FEFF}', '0'];
    const text = () => Array.from({ length: whole(40) }, () => letters[whole(letters.length)]).join('');
    const texts = Array.from({ length: 300 }, text);
    for (let i = 0; i < 3_000; i++) {
      const wanted = texts[whole(texts.length)]!;
      const own = encoder.encode(wanted);
      const around = Uint8Array.from([7, ...own, 7, 7]);
      expect({ seed, text: textOf(around, 1, 1 + own.length) }).toEqual({ seed, text: wanted });
      // What was remembered must not change with the caller's buffer.
      around.fill(0x61);
    }
  });

  it('does not remember bytes that are no text', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x62);
    for (let i = 0; i < 3; i++) expect(() => textOf(bytes, 0, 3)).toThrow(RangeError);
  });
});
