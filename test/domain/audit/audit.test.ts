import { isComplete, passes } from '../../../src/domain/audit/audit';
import { CoalescedAudit } from '../../../src/domain/audit/audit-coalesced';
import { EveryAudit } from '../../../src/domain/audit/audit-every';
import { CUSTOMERS_TOPIC } from '../../../src/domain/event';
import { chainHash } from '../../../src/domain/math/hash';
import { byTopic } from '../../support/events';
import { wholeScope } from '../../support/whole-scope';

const NONE = { count: 0, hash: 0 };
const EMPTY = { start: 0, end: 0 };

/** Ten orders of two customers in turn, and the updates that a right scorer makes of them. */
function rightUpdates() {
  const chains = new Map<string, { count: number; hash: number }>();
  return Array.from({ length: 10 }, (_, offset) => {
    const customerId = offset % 2 === 0 ? 'a' : 'b';
    const before = chains.get(customerId) ?? NONE;
    const chain = { count: before.count + 1, hash: chainHash(before.hash, offset) };
    chains.set(customerId, chain);
    return {
      customerId,
      asOfS: 1000 + offset,
      source: { topic: 0, partition: 0, offset },
      folded: [chain, NONE, NONE],
      trigger: 'event' as const,
    };
  });
}

function auditOf(updates: ReturnType<typeof rightUpdates>, emitted: number[] | null = null) {
  const audit = new EveryAudit(0, wholeScope([{ start: 0, end: 10 }, EMPTY, EMPTY], emitted));
  for (const update of updates) audit.addUpdate(update);
  for (let offset = 0; offset < 10; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b', 0);
  return audit.verdict();
}

describe('the audit of one partition', () => {
  test('passes a right log', () => {
    const verdict = auditOf(rightUpdates());
    expect(verdict).toMatchObject({
      events: 10,
      updates: 10,
      lost: 0,
      doubled: 0,
      reordered: 0,
      mismatched: 0,
      unexpected: 0,
    });
    expect(passes(verdict)).toBe(true);
  });

  test('sees 1 lost and 1 doubled if one update is dropped and another comes twice', () => {
    const updates = rightUpdates();
    const [doubled] = updates.splice(3, 1);
    updates.push(updates[6]!);
    const verdict = auditOf(updates);
    expect(verdict).toMatchObject({ lost: 1, missing: 0, doubled: 1, reordered: 0, mismatched: 0 });
    expect(verdict.findings).toContainEqual({ fault: 'lost', topic: 0, offset: doubled!.source.offset });
    expect(passes(verdict)).toBe(false);
  });

  test('sees updates out of their order, wrong counts, and outcomes of nothing', () => {
    const swapped = rightUpdates();
    [swapped[4], swapped[5]] = [swapped[5]!, swapped[4]!];
    expect(auditOf(swapped)).toMatchObject({ lost: 0, doubled: 0, reordered: 1 });

    const miscounted = rightUpdates();
    miscounted[6] = { ...miscounted[6]!, folded: [{ count: 9, hash: 1 }, NONE, NONE] };
    expect(auditOf(miscounted).mismatched).toBeGreaterThan(0);

    const audit = new EveryAudit(0, wholeScope([{ start: 0, end: 10 }, EMPTY, EMPTY], null));
    for (const update of rightUpdates()) audit.addUpdate(update);
    for (let offset = 0; offset < 9; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b', 0);
    expect(audit.verdict()).toMatchObject({ unexpected: 1 });
  });

  test('takes a dead letter as an outcome, and what is not published yet as pending', () => {
    const audit = new EveryAudit(0, wholeScope([{ start: 0, end: 3 }, EMPTY, EMPTY], [2, 0, 0, 0]));
    audit.addDeadLetter(0, 0);
    audit.addUpdate({
      ...rightUpdates()[0]!,
      source: { topic: 0, partition: 0, offset: 1 },
      folded: [{ count: 1, hash: chainHash(0, 1) }, NONE, NONE],
    });
    for (let offset = 0; offset < 3; offset++) audit.addInput(0, offset, 'a', 0);
    expect(audit.verdict()).toMatchObject({ events: 2, deadLetters: 1, pending: 1, lost: 0, mismatched: 0 });
  });

  test('judges sweeps separately: unique by customer and time', () => {
    const audit = new EveryAudit(0, wholeScope([EMPTY, EMPTY, EMPTY]));
    const sweep = { ...rightUpdates()[0]!, trigger: 'clock' as const, source: { topic: 3, partition: 0, offset: 5 } };
    for (const asOfS of [10, 20, 20]) audit.addUpdate({ ...sweep, asOfS });
    expect(audit.verdict()).toMatchObject({ sweepUpdates: 3, sweepRepeats: 1, doubled: 0 });
  });
});

/** The same log with the updates before `kept` compacted: of each customer the last one stays. */
function compactedUpdates(kept: number) {
  const updates = rightUpdates();
  return updates.filter(
    (update, at) =>
      at >= kept || !updates.some((later, i) => i > at && i < kept && later.customerId === update.customerId),
  );
}

function auditOfCompacted(updates: ReturnType<typeof rightUpdates>, keptSinceMs: number) {
  const scope = { ...wholeScope([{ start: 0, end: 10 }, EMPTY, EMPTY]), updatesKeptSinceMs: keptSinceMs };
  const audit = new EveryAudit(0, scope);
  for (const update of updates) audit.addUpdate(update);
  for (let offset = 0; offset < 10; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b', offset);
  return audit.verdict();
}

describe('the audit of a compacted log', () => {
  test('holds the last update against the input, and says from where each position can be judged', () => {
    const verdict = auditOfCompacted(compactedUpdates(6), Number.POSITIVE_INFINITY);
    expect(verdict).toMatchObject({ lost: 0, missing: 0, mismatched: 0, compacted: 4, notAuditableBefore: [4, 0, 0] });
    expect(passes(verdict)).toBe(true);
    expect(isComplete(verdict)).toBe(false);
  });

  test('takes none for compacted that is too young for it, lies behind a repeated key, or that no later update shows', () => {
    expect(auditOfCompacted(compactedUpdates(6), 2)).toMatchObject({ compacted: 2, lost: 2, missing: 0 });
    const behind = rightUpdates();
    behind.splice(5, 1);
    expect(auditOfCompacted(behind, Number.POSITIVE_INFINITY)).toMatchObject({ compacted: 0, lost: 1, missing: 0 });
    const never = rightUpdates().slice(0, 9); // offset 9 is the last of its customer
    expect(auditOfCompacted(never, Number.POSITIVE_INFINITY)).toMatchObject({ compacted: 0, lost: 1, missing: 1 });
  });

  test('sees a last update that does not follow from the input', () => {
    const updates = compactedUpdates(6).map((update) =>
      update.source.offset === 4 ? { ...update, folded: [{ count: 3, hash: 77 }, NONE, NONE] } : update,
    );
    const verdict = auditOfCompacted(updates, Number.POSITIVE_INFINITY);
    expect(verdict.mismatched).toBeGreaterThan(0);
    expect(passes(verdict)).toBe(false);
  });
});

describe('the audit of a log whose beginning is gone', () => {
  test('judges what is kept of the input, and says from where', () => {
    const audit = new EveryAudit(0, wholeScope([{ start: 4, end: 10 }, EMPTY, EMPTY]));
    for (const update of rightUpdates()) audit.addUpdate(update);
    for (let offset = 4; offset < 10; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b', 0);
    const verdict = audit.verdict();
    expect(verdict).toMatchObject({
      events: 6,
      lost: 0,
      mismatched: 0,
      notAuditableBefore: [4, 0, 0],
      inputFrom: [4, 0, 0],
    });
    expect([passes(verdict), isComplete(verdict)]).toEqual([true, false]);
  });

  test('takes for unjudged, never for right, what may have been in the lost part of dead letters or updates', () => {
    const scope = wholeScope([{ start: 0, end: 10 }, EMPTY, EMPTY]);
    const judge = (updatesFrom: number, cuts: object) => {
      const audit = new EveryAudit(0, { ...scope, ...cuts });
      for (const update of rightUpdates().slice(updatesFrom)) audit.addUpdate(update);
      audit.addDeadLetter(0, 9);
      for (let offset = 0; offset < 10; offset++) {
        // Offset 0 can't be decoded; its dead letter may be gone.
        audit.addInput(0, offset, offset === 0 ? null : offset % 2 === 0 ? 'a' : 'b', 0);
      }
      return audit.verdict();
    };
    expect(judge(1, {})).toMatchObject({ lost: 1, missing: 1, unjudged: 0 });
    const cut = judge(1, { deadLettersCut: true });
    expect(cut).toMatchObject({ lost: 0, unjudged: 1 });
    expect(isComplete(cut)).toBe(false);
    expect(judge(4, { updatesCut: true })).toMatchObject({ lost: 0, missing: 0 });
  });

  test('finds a loss below what was published although the group has forgotten its offsets', () => {
    const audit = new EveryAudit(0, wholeScope([{ start: 0, end: 10 }, EMPTY, EMPTY], [0, 0, 0]));
    const updates = rightUpdates();
    updates.splice(3, 1);
    for (const update of updates.slice(0, 7)) audit.addUpdate(update);
    for (let offset = 0; offset < 10; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b', 0);
    expect(audit.verdict()).toMatchObject({ lost: 1, pending: 2 });
  });
});

describe('updates of profiles', () => {
  const PROFILES = byTopic({ orders: 10, customers: 50 }).map((end) => ({ start: 0, end }));
  const ofProfile = (offset: number, after: ReturnType<typeof rightUpdates>[number]) => ({
    ...after,
    source: { topic: CUSTOMERS_TOPIC, partition: 0, offset },
  });
  const audited = (offsets: readonly number[], make: typeof EveryAudit | typeof CoalescedAudit) => {
    const audit = new make(0, wholeScope(PROFILES, null));
    const orders = rightUpdates().map((update) => ({ ...update, folded: [...update.folded, NONE, NONE, NONE] }));
    for (const update of orders) audit.addUpdate(update);
    for (const offset of offsets) audit.addUpdate(ofProfile(offset, orders[9]!));
    for (let offset = 0; offset < 10; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b', 0);
    return audit.verdict();
  };

  test.each([
    ['every', EveryAudit],
    ['coalesced', CoalescedAudit],
  ])('%s: none is owed, for compaction takes records; one that comes twice is a fault', (_name, make) => {
    expect(audited([], make)).toMatchObject({ events: 10, lost: 0, doubled: 0, reordered: 0 });
    const right = audited([3, 17, 40], make);
    expect(right).toMatchObject({ events: 10, lost: 0, doubled: 0, reordered: 0, mismatched: 0, unexpected: 0 });
    expect(passes(right)).toBe(true);
    expect(audited([3, 17, 17, 40], make)).toMatchObject({ doubled: 1 });
    expect(passes(audited([3, 40, 17], make))).toBe(false);
  });
});
