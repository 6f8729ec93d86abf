import {
  HYPER_PARAMETER_NAMES,
  hyperParameterFault,
  withHyperParameters,
} from '../../../src/services/fit/hyper-parameters';
import { DEFAULT_PRETRAIN } from '../../../src/services/fit/pretrain';
import { TINY_SHAPE } from '../../support/examples';

const OPTIONS = { ...DEFAULT_PRETRAIN, shape: TINY_SHAPE };

describe('hyper-parameters', () => {
  test('none changes nothing; each changes what it names', () => {
    expect(withHyperParameters(OPTIONS, {})).toEqual(OPTIONS);
    const values = { learningRate: 0.5, batchSize: 7, epochs: 3, window: 5, uniformOrigins: 9, pull: 2 };
    const changed = withHyperParameters(OPTIONS, { ...values, units: 6, headUnits: 8, crop: 0.1, drop: 0.2 });
    expect(changed).toEqual({
      ...OPTIONS,
      ...values,
      shape: { ...TINY_SHAPE, units: 6, headUnits: 8 },
      augmentation: { crop: 0.1, drop: 0.2 },
    });
    // No name is without effect.
    for (const name of HYPER_PARAMETER_NAMES) {
      expect(withHyperParameters(OPTIONS, { [name]: 0.123 })).not.toEqual(OPTIONS);
    }
  });

  test('the default of each is in its range', () => {
    const { augmentation, validationShare, patience, clipNorm, ...plain } = DEFAULT_PRETRAIN;
    const defaults = {
      ...plain,
      ...augmentation,
      units: 32,
      headUnits: 32,
    };
    for (const name of HYPER_PARAMETER_NAMES) expect(hyperParameterFault(name, defaults[name])).toBeNull();
  });

  test.each([
    ['batchSize', 0],
    ['batchSize', 1.5],
    ['learningRate', 0],
    ['learningRate', Number.NaN],
    ['crop', 1.1],
  ] as const)('%s of %d is named with its range', (name, value) => {
    expect(hyperParameterFault(name, value)).toMatch(new RegExp(`^${name} must be .* from .* to .*, not ${value}$`));
  });
});
