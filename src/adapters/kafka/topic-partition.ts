export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** In the order of their first appearance: a request names each topic once. */
export function byTopic<T extends { readonly topic: string }>(items: readonly T[]): [topic: string, items: T[]][] {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const ofTopic = topics.get(item.topic);
    if (ofTopic === undefined) topics.set(item.topic, [item]);
    else ofTopic.push(item);
  }
  return [...topics];
}
