import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { learnerContract } from '../../contracts/learner-contract';

learnerContract('TensorFlow.js on WebAssembly', async () => {
  const backend = await loadBackend({ preference: 'wasm', threads: 1 });
  expect(backend.name).toBe('wasm');
  return new TensorFlowLearner(backend);
});
