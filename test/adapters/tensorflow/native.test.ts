import { loadBackend, loadNative } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { learnerContract } from '../../contracts/learner-contract';

const NAME = 'TensorFlow.js on its native library';
const loadable = loadNative(1).tf !== null;

if (loadable || process.env.CI === 'true') {
  learnerContract(NAME, async () => {
    const backend = await loadBackend({ preference: 'native', threads: 1 });
    expect(backend.name).toBe('tensorflow');
    return new TensorFlowLearner(backend);
  });
} else {
  test.skip(`${NAME}: skipped, the library does not load; scripts/build-tfjs-native builds it`, () => {});
}
