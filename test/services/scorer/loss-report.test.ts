import { LossReports } from '../../../src/services/scorer/loss-report';

const TOPICS = ['orders', 'clicks', 'browses'];
const lost = { type: 'lost', topics: [0, 2], policy: 'halt', from: [5, 1, 7], to: [9, 1, 20] } as const;

describe('the report of a loss', () => {
  test('counts what retention took: 4 orders and 13 browses', () => {
    expect(new LossReports(2, TOPICS).of({ ...lost, reason: 'log-lost' })).toEqual({
      records: 17,
      message:
        'partition 2: log-lost (orders, browses). The partition stands still. To go on from the records that are left, set CLV_ON_LOG_LOST=continue and restart.',
      detail: { from: '5,1,7', to: '9,1,20' },
    });
    // A topic that the state knows nothing of was never folded.
    expect(new LossReports(2, TOPICS).of({ ...lost, reason: 'log-lost', from: [5] }).records).toBe(24);
  });

  test('counts an offset once, though the loss is found again before anything is committed', () => {
    const reports = new LossReports(2, TOPICS);
    const records = (from: number[], to: number[], reason: 'log-lost' | 'topic-recreated' = 'log-lost') =>
      reports.of({ ...lost, policy: 'continue', reason, from, to }).records;
    expect(records([5, 1, 7], [9, 1, 20])).toBe(17);
    expect(records([5, 1, 7], [9, 1, 20])).toBe(0);
    expect(records([5, 1, 20], [12, 1, 21])).toBe(4);
    // A roll-back of the state.
    expect(records([2, 1, 0], [12, 1, 21])).toBe(0);
    expect(records([30, 1, 30], [31, 1, 32])).toBe(3);
    expect(records([31, 1, 32], [0, 0, 0], 'topic-recreated')).toBe(0);
    expect(records([0, 0, 0], [2, 0, 1])).toBe(3);
  });

  test.each([
    ['state-lost', 'CLV_ON_STATE_LOST', 'from the records that are left', ''],
    ['offsets-expired', 'CLV_ON_OFFSETS_EXPIRED', 'from the records that are left', ''],
    ['topic-recreated', 'CLV_ON_LOG_LOST', "from the new log's start", ' The topic was deleted and created again: '],
    ['log-truncated', 'CLV_ON_LOG_LOST', 'from the records that are left', ' The log ends below the folded offsets, '],
  ] as const)('%s: names %s, where folding goes on, and what it means', (reason, setting, where, meaning) => {
    const halted = new LossReports(2, TOPICS).of({ ...lost, reason });
    expect(halted.records).toBe(0);
    const beginning = `partition 2: ${reason} (orders, browses).${meaning}`;
    const next = ` The partition stands still. To go on ${where}, set ${setting}=continue and restart.`;
    expect(halted.message.startsWith(beginning)).toBe(true);
    expect(halted.message.endsWith(next)).toBe(true);
    if (meaning === '') expect(halted.message).toBe(beginning + next);
    const going = new LossReports(2, TOPICS).of({ ...lost, reason, policy: 'continue' });
    expect(going.message.endsWith(` Going on ${where} (${setting}=continue).`)).toBe(true);
  });
});
