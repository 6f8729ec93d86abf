/** Identifies the deployment that a stored partition belongs to: its offsets and customers are valid only there. */
export interface DeploymentIdentity {
  /** CLV_APP. */
  readonly app: string;
  /** Id of the Kafka cluster; 'embedded' for the log of the embedded folder. */
  readonly cluster: string;
  /** Input topics by TopicIndex. */
  readonly inputs: readonly string[];
  readonly updates: string;
  readonly deadLetters: string;
  /** Partitions of every input topic. Absent if the identity was stored without it. */
  readonly partitions?: number;
}

/** True for the same deployment. An older release may have fewer input topics, because topics are only appended. */
export function isSameDeployment(a: DeploymentIdentity, b: DeploymentIdentity): boolean {
  const common = Math.min(a.inputs.length, b.inputs.length);
  return (
    a.app === b.app &&
    a.cluster === b.cluster &&
    a.updates === b.updates &&
    a.deadLetters === b.deadLetters &&
    (a.partitions ?? b.partitions) === (b.partitions ?? a.partitions) &&
    a.inputs.slice(0, common).join() === b.inputs.slice(0, common).join()
  );
}

/** The partition count of the stored state, if it is the same deployment with another count; else null. */
export function otherPartitionCount(owner: DeploymentIdentity, now: DeploymentIdentity): number | null {
  const { partitions, ...rest } = owner;
  if (partitions === undefined || partitions === now.partitions || !isSameDeployment(rest, now)) return null;
  return partitions;
}

/** The stored form: JSON with the keys in this order, so that equal identities have equal texts. */
export function encodeIdentity({ app, cluster, inputs, updates, deadLetters, partitions }: DeploymentIdentity): string {
  return JSON.stringify({ app, cluster, inputs, updates, deadLetters, partitions });
}

/** Null if the text is not an identity. */
export function decodeIdentity(text: string): DeploymentIdentity | null {
  let parsed: Partial<Record<keyof DeploymentIdentity, unknown>> | null;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const { app, cluster, inputs, updates, deadLetters } = parsed ?? {};
  const names = Array.isArray(inputs) ? [app, cluster, updates, deadLetters, ...inputs] : [null];
  return names.every((name) => typeof name === 'string') ? (parsed as unknown as DeploymentIdentity) : null;
}

/** The identity in a line for people. */
export function describeIdentity(identity: DeploymentIdentity): string {
  const { app, cluster, inputs, updates, deadLetters, partitions } = identity;
  const count = partitions === undefined ? '' : ` of ${partitions} partitions`;
  return `CLV_APP ${app} on Kafka cluster ${cluster}, topics ${inputs.join(', ')}${count} to ${updates} and ${deadLetters}`;
}

/** The deployment that claims a partition, and what the log holds now. */
export interface Claimant {
  readonly identity: DeploymentIdentity;
  /** Ids of the input topics by TopicIndex. null if the log has no topic ids. */
  readonly topicIds: readonly (string | null)[];
}
