import type { BrokerFacts, ClusterFacts, PartitionCopies } from '../../adapters/kafka/cluster-facts';
import type { TopicFault } from '../../ports/log';
import { type Finding, fault, ok, warning } from './finding';

/** With this version brokers send topic ids and leader epochs: Kafka 2.8. */
const METADATA_WITH_IDS = 10;

export function judgeBrokers({ brokers, internalCopies }: ClusterFacts): Finding[] {
  const away = brokers.filter(({ fault: reason }) => reason !== null);
  const findings = away.map(({ id, address, fault: reason }) =>
    fault(
      'brokers',
      `broker ${id} does not answer at ${address}, which the cluster names for clients: ${reason}`,
      `start it, or set its advertised.listeners to an address that this machine can reach`,
    ),
  );
  for (const [name, copies] of internalCopies) {
    if (copies <= brokers.length) continue;
    findings.push(
      fault(
        'brokers',
        `${name} is ${copies}, and the cluster has ${brokers.length}: Kafka can't create its own topic, and scorers wait for ever`,
        `set ${name}=${brokers.length} in the brokers' settings and restart them, or add brokers`,
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [
    ok('brokers', `${brokers.length} of ${brokers.length} answer: ${brokers.map(({ address }) => address).join(', ')}`),
  ];
}

export function judgeVersions(brokers: readonly BrokerFacts[]): Finding[] {
  const known = brokers.filter(({ metadataVersion }) => metadataVersion !== null);
  if (known.length === 0) return [];
  const old = known.filter(({ metadataVersion }) => metadataVersion! < METADATA_WITH_IDS);
  if (old.length === 0) return [ok('versions', 'every broker is Kafka 2.8 or newer')];
  return [
    warning(
      'versions',
      `broker ${old.map(({ id }) => id).join(', ')} is older than Kafka 2.8: a topic that is deleted and created again is not noticed`,
      'upgrade the brokers to Kafka 2.8 or newer',
    ),
  ];
}

/** `missing` and `faults` are what setup checks. */
export function judgeTopics(
  { missing, faults }: { readonly missing: readonly string[]; readonly faults: readonly TopicFault[] },
  expected: number,
  setup = 'clv-stream setup',
): Finding[] {
  const findings: Finding[] = [];
  if (missing.length > 0) findings.push(fault('topics', `${missing.join(', ')} do not exist`, `run ${setup}`));
  for (const { topic, fault: text, isBearable } of faults) {
    const [what, fix] = withRemedy(text);
    findings.push((isBearable ? warning : fault)('topics', `${topic} ${what}`, fix));
  }
  if (findings.length > 0) return findings;
  return [
    ok('topics', `${expected} topics exist, with the partitions, policies, sizes and timestamps that setup checks`),
  ];
}

/** A topic's fault is one sentence with its remedy, after a semicolon or a colon. */
function withRemedy(text: string): [string, string] {
  const [, what, fix] = /^(.*?)[;:] (.*)$/s.exec(text) ?? [];
  return what === undefined ? [text, 'correct it, and run clv-stream setup to check'] : [what, fix!];
}

export function judgeCopies(topics: ReadonlyMap<string, readonly PartitionCopies[]>, brokers: number): Finding[] {
  const findings: Finding[] = [];
  const where = (topic: string, partitions: readonly PartitionCopies[]) =>
    `${topic} (partition ${partitions.map(({ partition }) => partition).join(', ')})`;
  for (const [topic, partitions] of topics) {
    const leaderless = partitions.filter(({ hasLeader }) => !hasLeader);
    const behind = partitions.filter(({ hasLeader, inSync, copies }) => hasLeader && inSync < copies);
    if (leaderless.length > 0) {
      findings.push(
        fault(
          'topics',
          `${where(topic, leaderless)} has no leader: nothing can be read or written`,
          'start the missing broker; its log has the cause',
        ),
      );
    }
    if (behind.length > 0) {
      findings.push(
        warning(
          'topics',
          `${where(topic, behind)} has fewer copies in sync than it should`,
          'start the missing broker, or look at its disk and network',
        ),
      );
    }
  }
  const single = [...topics].filter(([, partitions]) => partitions.some(({ copies }) => copies === 1));
  if (brokers > 1 && single.length > 0) {
    findings.push(
      warning(
        'topics',
        `${single.map(([topic]) => topic).join(', ')} have one copy: a broker that dies takes their records along`,
        'raise the copies with kafka-reassign-partitions.sh, and set default.replication.factor for new topics',
      ),
    );
  }
  return findings;
}
