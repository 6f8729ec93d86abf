import { mulberry32, type Random } from '../../src/domain/math/random';
import type { ClvUpdate } from '../../src/domain/update';
import { CLV_UPDATE, CLV_UPDATE_V1, type Contract } from '../../src/serde/contracts';
import { FramedWriter } from '../../src/serde/framing';
import { UpdateCodec } from '../../src/serde/update-codec';
import { toUpdateRecord } from '../../src/serde/update-record';
import { UpdateWriter } from '../../src/serde/update-writer';
import { testSeed } from '../support/seeded';
import { randomUpdate } from '../support/updates';

const NUMBERS = [
  0,
  -0,
  63,
  64,
  -64,
  -65,
  0.5,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 52 - 1,
  2 ** 52,
  2 ** 53 - 1,
];
const TEXTS = ['', 'a', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(3_000), 'é', 'é'.repeat(63), '𝄞', '\u{FEFF}'];
const seed = testSeed();

/** With one to three values that lie on an edge, or that the schema does not have. */
function altered(update: ClvUpdate, random: Random): ClvUpdate {
  const one = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const change = (): Partial<ClvUpdate> => {
    const number = one(NUMBERS);
    const changes: readonly Partial<ClvUpdate>[] = [
      { customerId: one(TEXTS) },
      { modelVersion: one(TEXTS) },
      { currency: one(TEXTS) },
      { tierCuts: one(TEXTS) },
      { asOfS: number },
      { sequence: number },
      { source: { ...update.source, topic: one([0, 5, 6, -1]) } },
      { source: { ...update.source, partition: number } },
      { source: { ...update.source, offset: number } },
      { folded: update.folded.map((each) => ({ ...each, count: number })) },
      { folded: update.folded.slice(0, one([0, 4, 5])) },
      { history: { ...update.history, orders: number, averageOrderValue: number } },
      { change: { ...update.change, silence: number } },
      { value: number },
      { confidence: one(['cold', 'sure']) as ClvUpdate['confidence'] },
      { trigger: one(['clock', 'whim']) as ClvUpdate['trigger'] },
      { prediction: { ...update.prediction, nextOrderDays: [number, null, 0] } },
      { prediction: { ...update.prediction, valueTier: one(['gold', 'tin']) as 'gold' } },
    ];
    return one(changes);
  };
  const changes = Array.from({ length: 1 + Math.floor(random() * 3) }, change);
  return Object.assign({ ...update }, ...changes);
}

function outcome(encode: () => Uint8Array): { readonly bytes: string } | { readonly error: string } {
  try {
    return { bytes: Buffer.from(encode()).toString('hex') };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

const byAvsc = (contract: Contract, update: ClvUpdate) => new FramedWriter(contract).encode(toUpdateRecord(update));

describe('updates that are written field by field', () => {
  it('law: any update of the schema is written, with the bytes of avsc', () => {
    const random = mulberry32(seed);
    const [newest, first] = [new UpdateWriter(CLV_UPDATE.id, true), new UpdateWriter(CLV_UPDATE_V1.id, false)];
    for (let i = 0; i < 2_000; i++) {
      const update = randomUpdate(random);
      expect({ seed, i, bytes: newest.write(update)!.join() }).toEqual({
        seed,
        i,
        bytes: byAvsc(CLV_UPDATE, update).join(),
      });
      expect({ seed, i, bytes: first.write(update)!.join() }).toEqual({
        seed,
        i,
        bytes: byAvsc(CLV_UPDATE_V1, update).join(),
      });
    }
  });

  it('law: values on an edge, and values that the schema does not have, end as they do in avsc', () => {
    const random = mulberry32(seed);
    const codec = new UpdateCodec();
    for (let i = 0; i < 4_000; i++) {
      const update = altered(randomUpdate(random), random);
      const contract = update.tierCuts === '' ? CLV_UPDATE_V1 : CLV_UPDATE;
      const [found, expected] = [outcome(() => codec.encode(update)), outcome(() => byAvsc(contract, update))];
      expect({ seed, i, update, found }).toEqual({ seed, i, update, found: expected });
    }
  });

  it("writes the schema id that the schema registry gave, also one that needs its id's highest bit", () => {
    const update = randomUpdate(mulberry32(seed));
    for (const id of [1, 77, 2 ** 31 + 5]) {
      const framed = new UpdateWriter(id, true).write(update)!;
      expect(Buffer.from(framed.subarray(0, 5))).toEqual(byAvsc({ ...CLV_UPDATE, id }, update).subarray(0, 5));
    }
  });
});
