import { PartitionAudit, passes } from '../../src/domain/audit';
import { chainHash } from '../../src/domain/sequence-state';

const NONE = { count: 0, hash: 0 };

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
  const audit = new PartitionAudit(
    0,
    [
      { start: 0, end: 10 },
      { start: 0, end: 0 },
      { start: 0, end: 0 },
    ],
    emitted,
  );
  for (const update of updates) audit.addUpdate(update);
  for (let offset = 0; offset < 10; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b');
  return audit.verdict();
}

describe('the audit of one partition', () => {
  it('passes a right log', () => {
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

  it('sees 1 lost and 1 doubled where one update is dropped and another comes twice', () => {
    const updates = rightUpdates();
    const [doubled] = updates.splice(3, 1);
    updates.push(updates[6]!);
    const verdict = auditOf(updates);
    expect(verdict).toMatchObject({ lost: 1, doubled: 1, reordered: 0 });
    expect(verdict.findings).toContainEqual({ fault: 'lost', topic: 0, offset: doubled!.source.offset });
    expect(passes(verdict)).toBe(false);
  });

  it('sees updates out of their order, wrong counts, and outcomes of nothing', () => {
    const swapped = rightUpdates();
    [swapped[4], swapped[5]] = [swapped[5]!, swapped[4]!];
    expect(auditOf(swapped)).toMatchObject({ lost: 0, doubled: 0, reordered: 1 });

    const miscounted = rightUpdates();
    miscounted[6] = { ...miscounted[6]!, folded: [{ count: 9, hash: 1 }, NONE, NONE] };
    expect(auditOf(miscounted).mismatched).toBeGreaterThan(0);

    const audit = new PartitionAudit(
      0,
      [
        { start: 0, end: 10 },
        { start: 0, end: 0 },
        { start: 0, end: 0 },
      ],
      null,
    );
    for (const update of rightUpdates()) audit.addUpdate(update);
    for (let offset = 0; offset < 9; offset++) audit.addInput(0, offset, offset % 2 === 0 ? 'a' : 'b');
    expect(audit.verdict()).toMatchObject({ unexpected: 1 });
  });

  it('takes a dead letter as an outcome, and what is not published yet as pending', () => {
    const audit = new PartitionAudit(
      0,
      [
        { start: 0, end: 3 },
        { start: 0, end: 0 },
        { start: 0, end: 0 },
      ],
      [2, 0, 0, 0],
    );
    audit.addDeadLetter(0, 0);
    audit.addUpdate({
      ...rightUpdates()[0]!,
      source: { topic: 0, partition: 0, offset: 1 },
      folded: [{ count: 1, hash: chainHash(0, 1) }, NONE, NONE],
    });
    for (let offset = 0; offset < 3; offset++) audit.addInput(0, offset, 'a');
    expect(audit.verdict()).toMatchObject({ events: 2, deadLetters: 1, pending: 1, lost: 0, mismatched: 0 });
  });

  it('judges sweeps apart: unique by customer and instant', () => {
    const audit = new PartitionAudit(
      0,
      [
        { start: 0, end: 0 },
        { start: 0, end: 0 },
        { start: 0, end: 0 },
      ],
      null,
    );
    const sweep = { ...rightUpdates()[0]!, trigger: 'clock' as const, source: { topic: 3, partition: 0, offset: 5 } };
    for (const asOfS of [10, 20, 20]) audit.addUpdate({ ...sweep, asOfS });
    expect(audit.verdict()).toMatchObject({ sweepUpdates: 3, sweepRepeats: 1, doubled: 0 });
  });
});
