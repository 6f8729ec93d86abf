import type { MendedState, StateMend } from '../../src/ports/state-mend';
import type { StateReader, StateStore } from '../../src/ports/state-store';

export interface StateMendHarness {
  readonly mend: StateMend;
  readonly store: StateStore;
  readonly reader: StateReader;
  close(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const PARTITION = 2;
/** The sweep shards of both names. */
const SHARD_OF_ANN = 14;
const SHARD_OF_BOB = 23;

/** What every StateMend keeps; the factory gives empty data each time. */
export function stateMendContract(name: string, make: () => Promise<StateMendHarness>): void {
  describe(`${name}: state mend contract`, () => {
    let h: StateMendHarness;
    beforeEach(async () => {
      h = await make();
    });
    afterEach(() => h.close());

    /** Ann has a state, Bob has none, and ten records of one topic and five of the other are folded. */
    async function committed(): Promise<void> {
      const { epoch } = await h.store.claim(PARTITION);
      const states = [{ customerId: 'ann', state: bytes('A1'), isNew: true }];
      await h.store.commit(PARTITION, { epoch, follows: '', commitId: 'c1', states, folded: [10, 5], records: [] });
    }

    const put = (part: Partial<MendedState>) =>
      h.mend.put(PARTITION, { customerId: 'ann', found: bytes('A1'), state: bytes('A2'), folded: [10, 5], ...part });
    const held = async (customerId: string) => {
      const state = await h.reader.read(PARTITION, customerId);
      return state === null ? null : new TextDecoder().decode(state);
    };

    test('a state takes the place of what was found, and its customer is listed in its shard', async () => {
      await committed();
      expect(await put({})).toBe(true);
      expect(await put({ customerId: 'bob', found: null, state: bytes('B1') })).toBe(true);
      expect([await held('ann'), await held('bob')]).toEqual(['A2', 'B1']);
      expect(await h.store.customersOfShard(PARTITION, SHARD_OF_ANN)).toEqual(['ann']);
      expect(await h.store.customersOfShard(PARTITION, SHARD_OF_BOB)).toEqual(['bob']);
      expect(await h.store.newestCommitId(PARTITION)).toBe('c1');
      expect(await h.reader.folded(PARTITION)).toEqual([10, 5]);
    });

    test.each([
      ['ann', 'A0'],
      ['ann', ''],
      ['ann', null],
      ['bob', 'B0'],
      ['bob', ''],
    ])('nothing is changed if the state of %s is not the %j that was found', async (customerId, found) => {
      await committed();
      expect(await put({ customerId, found: found === null ? null : bytes(found) })).toBe(false);
      expect([await held('ann'), await held('bob')]).toEqual(['A1', null]);
      expect(await h.store.customersOfShard(PARTITION, SHARD_OF_BOB)).toEqual([]);
    });

    test('nothing is put into a partition without a commit chain', async () => {
      await h.store.claim(PARTITION);
      expect(await put({ found: null, folded: [] })).toBe(false);
      expect(await held('ann')).toBeNull();
    });

    test.each([[[11, 5]], [[10, 6]], [[10, 5, 1]]])('a state of records below %j is ahead of F', async (folded) => {
      await committed();
      expect(await put({ folded })).toBe(false);
      expect(await held('ann')).toBe('A1');
    });

    test.each([[[9, 5]], [[10, 4]], [[10, 5, 0]], [[10]], [[]]])('one of records below %j is not', async (folded) => {
      await committed();
      expect(await put({ folded })).toBe(true);
      expect(await held('ann')).toBe('A2');
    });
  });
}
