import type { Beat, MemberNote } from '../../src/domain/lease';
import type { LeaseTable } from '../../src/ports/lease-table';

type Table = { readonly [Key in Exclude<keyof LeaseTable, 'close'>]: LeaseTable[Key] };

export interface LeaseTableHarness {
  readonly table: Table;
  close(): Promise<void>;
}

const NOTE: MemberNote = { beats: 1, isAble: true, wants: [] };

function beatOf(member: string, changes: Partial<Beat> = {}): Beat {
  return { member, ...NOTE, isFirst: false, frees: [], gives: [], takes: [], fills: [], ...changes };
}

export function leaseTableContract(name: string, make: () => LeaseTableHarness): void {
  describe(`${name}: lease table contract`, () => {
    let h: LeaseTableHarness;
    const beat = (member: string, changes: Partial<Beat> = {}) => h.table.beat(beatOf(member, changes));
    const holders = async () => Object.fromEntries((await beat('reader', { isFirst: true })).view.holders);

    beforeEach(() => {
      h = make();
    });
    afterEach(() => h.close());

    test('a first beat makes the member known, with its note', async () => {
      const note = { beats: 7, isAble: false, wants: [3, 12] };
      const { wasKnown, view } = await beat('a', { isFirst: true, ...note });
      expect(wasKnown).toBe(true);
      expect([...view.members]).toEqual([['a', note]]);
      expect((await beat('a', { beats: 8 })).view.members.get('a')?.beats).toBe(8);
    });

    test('a later beat of an unknown member changes nothing', async () => {
      const { wasKnown, view } = await beat('a', { takes: [1], fills: [2] });
      expect({ wasKnown, members: view.members.size, holders: view.holders.size }).toEqual({
        wasKnown: false,
        members: 0,
        holders: 0,
      });
    });

    test('fills what has no holder, and takes what has one', async () => {
      await beat('a', { isFirst: true, fills: [1, 2] });
      await beat('b', { isFirst: true, fills: [2, 3], takes: [1] });
      expect(await holders()).toEqual({ 1: 'b', 2: 'a', 3: 'b' });
    });

    test('frees its own partitions only, before it fills', async () => {
      await beat('a', { isFirst: true, fills: [1] });
      await beat('b', { isFirst: true, fills: [2, 3] });
      await beat('b', { frees: [1, 2, 3], fills: [3] });
      expect(await holders()).toEqual({ 1: 'a', 3: 'b' });
    });

    test('gives its own partitions to known members only', async () => {
      await beat('a', { isFirst: true, fills: [1, 2] });
      await beat('b', { isFirst: true, fills: [3] });
      const gives = [
        { partition: 1, to: 'b' },
        { partition: 2, to: 'gone' },
        { partition: 3, to: 'a' },
      ];
      await beat('a', { gives });
      expect(await holders()).toEqual({ 1: 'b', 2: 'a', 3: 'b' });
    });

    test('takes a silent member over: what it holds, and its entry', async () => {
      await beat('a', { isFirst: true, fills: [1, 2] });
      await beat('b', { isFirst: true, fills: [3] });
      await beat('c', { isFirst: true });
      const take = { member: 'b', from: 'a', seen: NOTE, partitions: [1, 3, 4] };
      expect(await h.table.take(take)).toEqual([1]);
      expect((await beat('c')).view.members.has('a')).toBe(false);
      expect(await holders()).toEqual({ 1: 'b', 2: 'a', 3: 'b' });
      // The rest can be taken by any other, who sees it without an entry.
      expect(await h.table.take({ member: 'c', from: 'a', seen: null, partitions: [1, 2] })).toEqual([2]);
      expect((await beat('a', { fills: [5] })).wasKnown).toBe(false);
    });

    test('does not take over a member that has beaten since', async () => {
      await beat('a', { isFirst: true, fills: [1] });
      await beat('b', { isFirst: true });
      await beat('a', { beats: 2 });
      expect(await h.table.take({ member: 'b', from: 'a', seen: NOTE, partitions: [1] })).toEqual([]);
      expect(await h.table.take({ member: 'b', from: 'a', seen: null, partitions: [1] })).toEqual([]);
      expect((await beat('a', { beats: 3 })).wasKnown).toBe(true);
    });

    test('nobody takes over who is unknown', async () => {
      await beat('a', { isFirst: true, fills: [1] });
      expect(await h.table.take({ member: 'b', from: 'a', seen: NOTE, partitions: [1] })).toEqual([]);
      expect((await beat('a')).wasKnown).toBe(true);
    });

    test('leaving removes the member and all that it holds', async () => {
      await beat('a', { isFirst: true, fills: [1, 2] });
      await beat('b', { isFirst: true, fills: [3] });
      await h.table.leave('a');
      expect(await holders()).toEqual({ 3: 'b' });
      expect((await beat('b')).view.members.has('a')).toBe(false);
    });
  });
}
