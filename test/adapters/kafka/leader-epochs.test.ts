import { LeaderEpochs } from '../../../src/adapters/kafka/leader-epochs';

function known(...spans: readonly [epoch: number, start: number, end: number][]): LeaderEpochs {
  const epochs = new LeaderEpochs();
  for (const [epoch, start, end] of spans) epochs.note('orders', 0, { epoch, start, end });
  return epochs;
}

describe('noted leader epochs of a log', () => {
  test('is the epoch of the record before an offset', () => {
    const epochs = known([3, 10, 20], [5, 20, 25], [5, 25, 30]);
    expect(epochs.at('orders', 0, 15)).toEqual({ epoch: 3, offset: 15 });
    expect(epochs.at('orders', 0, 20)).toEqual({ epoch: 3, offset: 20 });
    expect(epochs.at('orders', 0, 21)).toEqual({ epoch: 5, offset: 21 });
    expect(epochs.at('orders', 0, 99)).toEqual({ epoch: 5, offset: 30 });
    expect(epochs.at('orders', 0, 10)).toBeNull();
    expect(epochs.at('orders', 1, 15)).toBeNull();
    expect(epochs.at('clicks', 0, 15)).toBeNull();
  });

  test('takes records between two of one epoch for that epoch, whatever the order in which they were read', () => {
    expect(known([5, 40, 41], [5, 20, 21]).of('orders', 0)).toEqual([{ epoch: 5, start: 20, end: 41 }]);
    expect(known([5, 40, 41], [3, 20, 21]).of('orders', 0)).toEqual([
      { epoch: 3, start: 20, end: 21 },
      { epoch: 5, start: 40, end: 41 },
    ]);
  });

  test('drops epochs that contradict the newest one, and ignores −1', () => {
    expect(known([5, 20, 30], [2, 0, 25]).of('orders', 0)).toEqual([{ epoch: 2, start: 0, end: 25 }]);
    expect(known([5, 20, 30], [7, 25, 40]).of('orders', 0)).toEqual([{ epoch: 7, start: 25, end: 40 }]);
    expect(known([-1, 0, 10], [4, 10, 10]).of('orders', 0)).toEqual([]);
  });

  describe('where the log was cut', () => {
    const found = (cut = 25) => {
      const epochs = known([3, 10, 20], [5, 20, 30], [6, 30, 40]);
      epochs.noteCut('orders', 0, epochs.of('orders', 0), cut);
      return epochs;
    };

    test('is dropped with everything beyond it once it was reported and the receiver has decided', () => {
      const epochs = found();
      expect(epochs.cutOf('orders', 0)).toBe(25);
      epochs.markReported('orders', 0);
      expect(epochs.cutOf('orders', 0)).toBe(25);
      epochs.positioned('orders', 0);
      expect(epochs.cutOf('orders', 0)).toBeNull();
      expect(epochs.of('orders', 0)).toEqual([
        { epoch: 3, start: 10, end: 20 },
        { epoch: 5, start: 20, end: 25 },
      ]);
    });

    test('is kept until it is reported', () => {
      const epochs = found();
      epochs.positioned('orders', 0);
      expect(epochs.cutOf('orders', 0)).toBe(25);
      expect(epochs.of('orders', 0)).toHaveLength(3);
    });

    test('is the latest answer of the leader', () => {
      const epochs = found();
      epochs.noteCut('orders', 0, epochs.of('orders', 0), 31);
      expect(epochs.cutOf('orders', 0)).toBe(31);
      epochs.noteCut('orders', 0, epochs.of('orders', 0), null);
      expect(epochs.cutOf('orders', 0)).toBeNull();
    });

    test('is not taken from an answer to an older request', () => {
      const epochs = known([3, 10, 20]);
      const before = epochs.of('orders', 0);
      epochs.note('orders', 0, { epoch: 4, start: 20, end: 22 });
      epochs.noteCut('orders', 0, before, 15);
      expect(epochs.cutOf('orders', 0)).toBeNull();
    });

    test('is dropped with everything noted when the partition is revoked', () => {
      const epochs = found();
      epochs.forget('orders', 0);
      expect([epochs.cutOf('orders', 0), epochs.of('orders', 0)]).toEqual([null, []]);
    });
  });

  test('is bounded', () => {
    const epochs = known(...Array.from({ length: 100 }, (_, n): [number, number, number] => [n, n, n + 1]));
    expect(epochs.of('orders', 0)).toHaveLength(32);
    expect(epochs.at('orders', 0, 100)).toEqual({ epoch: 99, offset: 100 });
  });
});
