import type { TopicFault, TopicSpec } from '../../ports/log';

export const STAMPED_BY = 'message.timestamp.type';
export const BY_LOG = 'LogAppendTime';
/** Brokers before Kafka 3.6 do not know it. */
export const MAX_AHEAD = 'message.timestamp.after.max.ms';

/** Differences between a topic's settings of timestamps and its spec. `commandFor`: the command that adds a setting to the topic. */
export function timestampFaults(
  { name, stampedByLog, maxAheadMs }: TopicSpec,
  config: ReadonlyMap<string, string>,
  commandFor: (setting: string) => string,
): TopicFault[] {
  const byLog = config.get(STAMPED_BY) === BY_LOG;
  const found = config.get(MAX_AHEAD);
  const bearable = (fault: string, setting: string): TopicFault[] => [
    { topic: name, fault: `${fault}; run ${commandFor(setting)}`, isBearable: true },
  ];
  if (stampedByLog && !byLog) {
    const fault = "takes the scorers' clocks for its timestamps, and refuses records of a clock that is far ahead";
    return bearable(fault, `${STAMPED_BY}=${BY_LOG}`);
  }
  // The log's own stamps are never ahead.
  if (maxAheadMs === undefined || byLog || found === undefined || Number(found) <= maxAheadMs) return [];
  const fault = `accepts records whose timestamps are in the future (${MAX_AHEAD} ${found}). Each becomes a dead letter`;
  return bearable(fault, `${MAX_AHEAD}=${maxAheadMs}`);
}

/** One line about all topics that the brokers let no bound be set for. null if there is none. */
export function unknownBound(
  specs: readonly TopicSpec[],
  configs: ReadonlyMap<string, ReadonlyMap<string, string>>,
): TopicFault | null {
  const open = specs.filter(({ name, maxAheadMs }) => {
    const config = configs.get(name);
    return maxAheadMs !== undefined && config !== undefined && config.size > 0 && !config.has(MAX_AHEAD);
  });
  if (open.length === 0) return null;
  const fault = `the brokers do not know ${MAX_AHEAD} (Kafka 3.6). They accept records whose timestamps are in the future, and each becomes a dead letter`;
  return { topic: open.map(({ name }) => name).join(', '), fault, isBearable: true };
}
