import { INPUT_ROLES } from '../../../src/domain/event';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { BatchFold } from '../../../src/services/scorer/batch-fold';
import type { FoldContext, FoldSettings } from '../../../src/services/scorer/fold-types';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { byTopic } from '../../support/events';
import { loadedFrom, NO_CUSTOMERS } from '../../support/loaded-customers';
import { randomModel } from '../../support/models';
import { orderItem, SETTINGS, tickItem } from '../../support/scorer-world';

const ORDER_S = 1_699_000_000;

function contextOf(settings: Partial<FoldSettings>, updates = new UpdateCodec()): FoldContext {
  return {
    ...{ partition: 0, scorer: new Scorer(randomModel(3), 100), updates, deadLetters: new DeadLetterCodec() },
    ...{ settings: { ...SETTINGS, topics: INPUT_ROLES, ...settings }, folded: byTopic(), emitted: byTopic() },
  };
}

/** Writes updates until the one of this number, which it can't write. */
class FailingUpdates extends UpdateCodec {
  constructor(private left: number) {
    super();
  }

  override encode(...update: Parameters<UpdateCodec['encode']>): Uint8Array {
    if (--this.left === 0) throw new Error('the update can not be written');
    return super.encode(...update);
  }
}

describe('a sweep', () => {
  const first = new BatchFold(NO_CUSTOMERS, contextOf({}), new Set()).run([orderItem(0, 'ann')]);

  /** Records that ticks of these instants make, the customer having ordered at {@link ORDER_S}. */
  function swept(settings: Partial<FoldSettings>, ...asOfS: number[]): number {
    const ticks = asOfS.map((each, offset) => tickItem(offset, each));
    return new BatchFold(loadedFrom(first.states), contextOf(settings), new Set()).run(ticks).records.length;
  }

  test('re-scores customers who have been quiet for the whole time', () => {
    expect(swept({ quietAfterS: 3_600 }, ORDER_S + 3_599)).toBe(0);
    expect(swept({ quietAfterS: 3_600 }, ORDER_S + 3_600)).toBe(1);
  });

  test('publishes no value that stayed the same', () => {
    expect(swept({ quietAfterS: 0 }, ORDER_S + 86_400)).toBe(1);
    expect(swept({ quietAfterS: 0 }, ORDER_S + 86_400, ORDER_S + 86_400)).toBe(1);
  });
});

describe('a pass over a micro-batch', () => {
  const orders: InputItem[] = [orderItem(0, 'ann'), orderItem(1, 'bob')];

  test('names the customers that it could not write, and is discarded', () => {
    const pass = new BatchFold(NO_CUSTOMERS, contextOf({}, new FailingUpdates(2)), new Set());
    pass.run(orders);
    expect([...pass.suspects]).toEqual(['bob']);
  });

  test('fails as a whole if something fails at its end that passed at its record', () => {
    const pass = new BatchFold(
      NO_CUSTOMERS,
      contextOf({ emission: 'coalesce' }, new FailingUpdates(2)),
      new Set(['ann']),
    );
    expect(() => pass.run([orderItem(0, 'ann')])).toThrow('the update can not be written');
  });

  test('lists for each topic what a record covers', () => {
    const { records } = new BatchFold(NO_CUSTOMERS, contextOf({}), new Set()).run([orderItem(6, 'ann')]);
    expect(records[0]!.covers).toEqual([6, -1, -1, -1, -1, -1]);
  });

  test.each([
    [3_072, 3],
    [3_073, 4],
  ])('with coalesce ends at %d bytes after %d customers, 1024 each', (maxBatchBytes, taken) => {
    const items = ['ann', 'bob', 'cid', 'dan', 'eve'].map((id, offset) => orderItem(offset, id));
    const context = contextOf({ emission: 'coalesce', maxBatchBytes });
    expect(new BatchFold(NO_CUSTOMERS, context, new Set()).run(items).taken).toBe(taken);
  });
});
