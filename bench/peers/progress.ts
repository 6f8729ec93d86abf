/** What a peer tells the benchmark: a line with the number of its finished events, at most every 20 ms and at its end. */
const EVERY_MS = 20;

export class Progress {
  private count = 0;
  private toldMs = 0;

  constructor(private readonly events: number) {}

  /** True when all events are finished. */
  add(events: number): boolean {
    this.count += events;
    const done = this.count >= this.events;
    const nowMs = performance.now();
    if (done || nowMs - this.toldMs >= EVERY_MS) {
      this.toldMs = nowMs;
      process.stdout.write(`count ${this.count}\n`);
    }
    return done;
  }
}

/** Arguments of every pipe: BROKERS TOPICS OUT EVENTS PARTITIONS BYTES; the topics with commas between. BYTES 0: the input's own values. */
export function pipeArguments() {
  const [brokers, topics, out, events, , bytes] = process.argv.slice(2) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const value =
    Number(bytes) === 0
      ? null
      : Buffer.from(Array.from({ length: Number(bytes) }, (_, i) => (37 * i + 11 * (i >> 3)) & 255));
  return { brokers: [brokers], topics: topics.split(','), out, events: Number(events), value, group: `${out}-pipe` };
}

/** Records in one request, so that it stays below the broker's max.message.bytes. */
export const recordsPerSend = (valueBytes: number): number => Math.max(500, Math.floor(900_000 / (valueBytes + 60)));
