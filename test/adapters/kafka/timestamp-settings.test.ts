import { timestampFaults, unknownBound } from '../../../src/adapters/kafka/timestamp-settings';

const SPEC = { name: 'orders', partitions: 1, compacted: false, maxAheadMs: 86_400_000 };
const faultsOf = (config: Record<string, string>) =>
  timestampFaults(SPEC, new Map(Object.entries(config)), (setting) => `alter ${setting}`).map(({ fault }) => fault);

describe('the bound of timestamps in the future', () => {
  test.each([
    ['as wanted', { 'message.timestamp.after.max.ms': '86400000' }],
    ['stricter, as the brokers have it by default', { 'message.timestamp.after.max.ms': '3600000' }],
    ['not needed, because the log stamps the records', { 'message.timestamp.type': 'LogAppendTime' }],
    ['unknown to the brokers', {}],
  ])('%s: no fault of the topic', (_name, config) => {
    const stamped = { 'message.timestamp.type': 'CreateTime', ...config };
    expect(faultsOf(stamped)).toEqual([]);
  });

  test('missing: the fault names the consequence and the command', () => {
    expect(faultsOf({ 'message.timestamp.after.max.ms': '9223372036854775807' })).toEqual([
      expect.stringMatching(/becomes a dead letter; run alter message.timestamp.after.max.ms=86400000$/),
    ]);
  });

  test('brokers that do not know it are named once, for all topics', () => {
    const old = new Map([['cleanup.policy', 'delete']]);
    const specs = [SPEC, { ...SPEC, name: 'clicks' }, { name: 'updates', partitions: 1, compacted: true }];
    const configs = new Map(specs.map(({ name }) => [name, old]));
    expect(unknownBound(specs, configs)).toEqual({
      topic: 'orders, clicks',
      isBearable: true,
      fault: expect.stringMatching(/the brokers do not know message.timestamp.after.max.ms/),
    });
    const known = new Map([['message.timestamp.after.max.ms', '1']]);
    expect(unknownBound(specs, new Map(specs.map(({ name }) => [name, known])))).toBeNull();
  });
});
