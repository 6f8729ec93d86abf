import { mulberry32 } from '../../src/domain/math/random';
import { tensorsOf } from '../../src/domain/network/weights';
import { readTensors, TENSOR_DTYPES, type TensorEntry, tensorTable, writeTensors } from '../../src/serde/tensor-table';
import { randomWeights, SHAPES, TINY_SHAPE } from '../support/examples';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const weights = randomWeights(TINY_SHAPE, mulberry32(seed));

describe(`tensors by dtype (CLV_TEST_SEED=${seed})`, () => {
  test.each(SHAPES)('%s: float32 comes back bit by bit', (_name, shape) => {
    const table = tensorTable(shape, 'float32');
    const given = randomWeights(shape, mulberry32(seed));
    expect(readTensors(writeTensors(given, table), shape, table)).toEqual(given);
  });

  test.each(['float16', 'int8'] as const)('%s comes back within its rounding, and is stable from then on', (dtype) => {
    const table = tensorTable(TINY_SHAPE, dtype);
    const once = readTensors(writeTensors(weights, table), TINY_SHAPE, table)!;
    const twice = readTensors(writeTensors(once, table), TINY_SHAPE, table)!;
    for (const { name, dimensions, dtype: stored } of table) {
      const columns = dimensions[dimensions.length - 1]!;
      weights[name].forEach((value, i) => {
        const row = weights[name].subarray(i - (i % columns), i - (i % columns) + columns);
        const most = Math.max(...row.map(Math.abs));
        const allowed = stored === 'float32' ? 0 : stored === 'float16' ? Math.abs(value) / 2048 : most / 254;
        expect(Math.abs(once[name][i]! - value)).toBeLessThanOrEqual(allowed * 1.0001 + 2 ** -25);
        expect(Math.abs(twice[name][i]! - once[name][i]!)).toBeLessThanOrEqual(1e-6 * most);
      });
    }
  });

  test('int8 keeps vectors as float32, and a row of zeros', () => {
    const table = tensorTable(TINY_SHAPE, 'int8');
    for (const { dtype, dimensions } of table) expect(dtype).toBe(dimensions.length === 1 ? 'float32' : 'int8');
    const zeros = { ...weights, inputKernel: new Float32Array(weights.inputKernel.length) };
    expect(readTensors(writeTensors(zeros, table), TINY_SHAPE, table)!.inputKernel).toEqualNumbers(zeros.inputKernel);
  });

  test('smaller dtypes are smaller', () => {
    const sizes = TENSOR_DTYPES.map((dtype) => writeTensors(weights, tensorTable(TINY_SHAPE, dtype)).length);
    expect(sizes[1]! * 2).toBe(sizes[0]);
    expect(sizes[2]!).toBeLessThan(sizes[1]!);
  });

  test.each([
    ['a dtype unknown', (table: TensorEntry[]) => table.map((entry) => ({ ...entry, dtype: 'int4' as 'int8' }))],
    ['an entry missing', (table: TensorEntry[]) => table.slice(1)],
    ['no entry', (table: TensorEntry[]) => table.map(() => null as unknown as TensorEntry)],
    ['another order', (table: TensorEntry[]) => [...table].reverse()],
    ['another offset', (table: TensorEntry[]) => table.map((entry) => ({ ...entry, offset: entry.offset + 4 }))],
    ['a dtype of another size', (table: TensorEntry[]) => table.map((entry) => ({ ...entry, dtype: 'int8' as const }))],
  ])('refused: %s', (_name, change) => {
    const table = tensorTable(TINY_SHAPE, 'float16');
    expect(tensorsOf(TINY_SHAPE)).toEqual(table.map(({ name }) => name));
    expect(readTensors(writeTensors(weights, table), TINY_SHAPE, change(table))).toBeNull();
  });
});
