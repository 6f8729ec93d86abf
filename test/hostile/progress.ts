import type { Deployment } from '../support/deployment';
import { pauseMs } from '../support/process';
import type { Seeded } from '../support/seeded';
import type { Inputs } from './deployment';

const LOOK_EVERY_MS = 20;
/** Looks in a row without progress, while records wait, after which a partition stands still. At least a minute. */
const MOST_STILL_LOOKS = 3_000;

/** Follows what is published of each partition, and fails if one stands still while it has records to publish. */
export class Progress {
  private readonly published: number[];
  private readonly still: number[];

  constructor(private readonly deployment: Deployment) {
    this.published = new Array(deployment.settings.CLV_PARTITIONS).fill(-1);
    this.still = this.published.map(() => 0);
  }

  /** Waits until `records` positions are published, or all of them. Returns true for all. */
  async reach(inputs: Inputs, records: number): Promise<boolean> {
    for (;;) {
      const { sum, isDone } = await this.look(inputs);
      if (isDone || sum >= records) return isDone;
      await pauseMs(LOOK_EVERY_MS);
    }
  }

  private async look(inputs: Inputs): Promise<{ sum: number; isDone: boolean }> {
    let [total, isDone] = [0, true];
    for (let partition = 0; partition < this.published.length; partition++) {
      const emitted = await this.deployment.platform.emitted(partition);
      const isBehind = inputs.some(
        (ofTopic, topic) => (ofTopic[partition]!.at(-1)?.offset ?? -1) >= (emitted?.[topic] ?? 0),
      );
      const sum = (emitted ?? []).reduce((all, offset) => all + offset, 0);
      if (isBehind) isDone = false;
      this.note(partition, sum, isBehind);
      total += sum;
    }
    return { sum: total, isDone };
  }

  private note(partition: number, sum: number, isBehind: boolean): void {
    if (!isBehind || sum > this.published[partition]!) this.still[partition] = 0;
    else this.still[partition]! += 1;
    this.published[partition] = sum;
    if (this.still[partition]! < MOST_STILL_LOOKS) return;
    const last = this.deployment.notices.slice(-5).map(({ message, detail }) => `${message} ${JSON.stringify(detail)}`);
    throw new Error(
      `partition ${partition} stands still at ${sum} published positions. The last notices:\n${last.join('\n')}`,
    );
  }
}

/** Scores to the end of what was written, with stops and new starts at random points. */
export async function scoreWithStops(deployment: Deployment, inputs: Inputs, random: Seeded): Promise<void> {
  const positions = inputs.flat().reduce((sum, records) => sum + records.length, 0);
  const stops = Array.from({ length: random.below(4) }, () => random.below(positions)).sort((a, b) => a - b);
  for (const until of [...stops, Number.POSITIVE_INFINITY]) await scoreUntil(deployment, inputs, until);
}

async function scoreUntil(deployment: Deployment, inputs: Inputs, positions: number): Promise<void> {
  const scorer = await deployment.startScorer();
  await new Progress(deployment).reach(inputs, positions);
  await scorer.stop();
}
