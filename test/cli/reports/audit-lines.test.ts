import { verdictLine } from '../../../src/cli/reports/audit-lines';
import { AUDIT_FAULTS, type PartitionVerdict } from '../../../src/domain/audit/audit';

const JUDGED = { pending: 0, unscorable: 0, unknownModels: [], notAuditableBefore: [0, 0] };
const NO_FAULTS = Object.fromEntries(AUDIT_FAULTS.map((fault) => [fault, 0]));

/** A verdict of which only what decides its line is filled in. */
const aVerdict = (own: Partial<PartitionVerdict>) =>
  ({ ...NO_FAULTS, ...JUDGED, ...own }) as unknown as PartitionVerdict;

test.each([
  [[{}, {}], 'passed'],
  [[{ pending: 94_000 }, { pending: 235 }], 'passed so far; 94235 events are still to be scored'],
  [[{ pending: 1 }], 'passed so far; 1 event is still to be scored'],
  [[{ lost: 1, pending: 2 }], 'FAILED; 2 events are still to be scored'],
  [
    [{ notAuditableBefore: [5], pending: 2 }],
    expect.stringMatching(/^PARTLY AUDITABLE: .*; 2 events are still to be scored$/),
  ],
  [[{ unscorable: 1, pending: 2 }], expect.stringMatching(/^PARTLY AUDITABLE: .*; 2 events are still to be scored$/)],
])('the verdict of %j covers what is pending', (verdicts, line) => {
  expect(verdictLine(verdicts.map(aVerdict))).toEqual(line);
});
