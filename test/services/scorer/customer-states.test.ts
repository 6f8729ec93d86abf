import { emptyState } from '../../../src/domain/state/sequence-state';
import { encodeState } from '../../../src/serde/state-blob';
import { CustomerStates } from '../../../src/services/scorer/customer-states';
import { loadedFrom } from '../../support/loaded-customers';

const UNITS = 4;
const stored = { ...emptyState(UNITS), encoderVersion: 'old' };
const damaged = new Uint8Array([1, 2, 3]);

function open() {
  const states = [
    { customerId: 'ann', state: encodeState(stored) },
    { customerId: 'bob', state: damaged },
  ];
  return new CustomerStates(loadedFrom(states, { unseen: ['cid'], vanished: ['dan'] }), UNITS);
}

describe('the customers of a micro-batch', () => {
  test('are decoded once, or begin empty', () => {
    const states = open();
    const ann = states.of('ann')!;
    expect(ann).toEqual({ state: stored, isNew: false });
    expect(states.of('ann')).toBe(ann);
    expect(states.of('cid')).toEqual({ state: emptyState(UNITS), isNew: true });
    // Also one that the store was not asked for.
    expect(states.of('eve')).toEqual({ state: emptyState(UNITS), isNew: true });
    expect([...states.customerIds]).toEqual(['cid', 'dan', 'ann', 'bob']);
  });

  test('without a usable state have none, and the reason is logged once', () => {
    const states = open();
    for (let i = 0; i < 2; i++) expect([states.of('bob'), states.of('dan')]).toEqual([null, null]);
    expect(states.unreadable.get('dan')).toBe('it is gone from the store, although the partition lists the customer');
    expect(states.unreadable.get('bob')).not.toMatch(/^\w*Error/);
    expect([...states.unreadable.keys()].sort()).toEqual(['bob', 'dan']);
  });

  test('that were touched are part of the commit, in that order', () => {
    const states = open();
    const [ann, commitId] = [states.of('ann'), states.of('cid')];
    states.touch('cid');
    states.touch('ann');
    expect([states.isTouched('cid'), states.isTouched('bob')]).toEqual([true, false]);
    expect([...states.changed()]).toEqual([
      ['cid', commitId],
      ['ann', ann],
    ]);
  });

  test('go back to a copy, in the same object, and out of the commit unless they were part of it before', () => {
    const states = open();
    const { state } = states.of('ann')!;
    const copy = structuredClone(state);
    for (const wasTouched of [true, false]) {
      state.encoderVersion = 'new';
      states.touch('ann');
      states.restore('ann', copy, wasTouched);
      expect(states.of('ann')!.state).toBe(state);
      expect([state.encoderVersion, states.isTouched('ann')]).toEqual(['old', wasTouched]);
    }
  });
});
