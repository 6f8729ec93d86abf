import type { FoldOutcome } from '../../../src/domain/state/sequence-state';
import { BatchCounts } from '../../../src/services/scorer/batch-counts';
import { anEvent } from '../../support/events';

const outcome = (change: Partial<FoldOutcome> = {}): FoldOutcome => ({
  ...{ window: 'appended' as FoldOutcome['window'], step: 'on', voided: 0, ...change },
});

describe('the counts of a micro-batch', () => {
  test('begin at nothing', () => {
    const { events, cleaned, tooLate, coalesced, replayed } = new BatchCounts();
    expect([events.size, cleaned.size, tooLate, coalesced, replayed]).toEqual([0, 0, 0, 0, 0]);
  });

  test('count each event by its kind, what was cleaned, and what its fold did', () => {
    const counts = new BatchCounts();
    counts.event(anEvent(), outcome(), 5_000);
    counts.event(anEvent({ items: 0 }), outcome({ window: 'too-late', step: 'none' }), 5_000);
    counts.event(anEvent({ kind: 'click' }), outcome({ window: 'coalesced', step: 'none' }), 5_000);
    counts.event(anEvent({ kind: 'click' }), outcome({ window: 'coalesced', step: 'none' }), 5_000);
    for (let i = 0; i < 3; i++)
      counts.event(anEvent({ kind: 'refund' }), outcome({ step: 'replay', voided: i }), 5_000);
    counts.tick();
    counts.tick();
    expect(Object.fromEntries(counts.events)).toEqual({ order: 2, click: 2, refund: 3, tick: 2 });
    expect(Object.fromEntries(counts.cleaned)).toEqual({ 'missing-items': 1, 'voided-order': 3 });
    expect([counts.tooLate, counts.coalesced, counts.replayed]).toEqual([1, 2, 3]);
  });

  test('count a profile of a customer without events', () => {
    const counts = new BatchCounts();
    const attributes = { ageBand: '25-34', region: null, channel: null };
    counts.event(anEvent({ kind: 'profile', attributes }), null, 5_000);
    expect([...counts.events]).toEqual([['profile', 1]]);
    expect(counts.cleaned.get('missing-attribute')).toBe(1);
  });
});
