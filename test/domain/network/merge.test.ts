import { mulberry32 } from '../../../src/domain/math/random';
import { mergeNetworks } from '../../../src/domain/network/merge';
import { Network } from '../../../src/domain/network/network';
import { randomExample, randomWeights, SHAPES, TINY_SHAPE } from '../../support/examples';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

test.each(SHAPES.filter(([, { attention }]) => !attention))(
  `%s: the merged network answers the mean of its members' raw outputs (CLV_TEST_SEED=${seed})`,
  (_name, shape) => {
    const random = mulberry32(seed);
    const members = [1, 2, 3].map(() => randomWeights(shape, random));
    const merged = mergeNetworks(members);
    expect(merged.shape).toEqual({ ...shape, units: 3 * shape.units, headUnits: 3 * shape.headUnits });
    expect(merged.curve[0]).toBeCloseTo(members.reduce((sum, { curve }) => sum + curve[0]!, 0) / 3, 5);
    for (let round = 0; round < 20; round++) {
      const { steps, sequence, summary } = randomExample(random);
      const each = members.map((member) => [...new Network(member).outputs(steps, sequence, summary)]);
      new Network(merged).outputs(steps, sequence, summary).forEach((output, k) => {
        const mean = each.reduce((sum, outputs) => sum + outputs[k]!, 0) / members.length;
        expect(Math.abs(output - mean)).toBeLessThan(1e-5 * Math.max(1, Math.abs(mean)));
      });
    }
  },
);

test('one network is itself; others than of one shape, or with attention, are refused', () => {
  const of = (shape: typeof TINY_SHAPE) => randomWeights(shape, mulberry32(seed));
  const one = of(TINY_SHAPE);
  expect(mergeNetworks([one])).toBe(one);
  expect(() => mergeNetworks([one, of({ ...TINY_SHAPE, units: 5 })])).toThrow('different shapes');
  const attending = of({ ...TINY_SHAPE, attention: true });
  expect(() => mergeNetworks([attending, attending])).toThrow('attention');
});
