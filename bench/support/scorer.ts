import { join } from 'node:path';
import { RedisKeys } from '../../src/adapters/redis/keys';
import { environmentOf, startCli } from '../../test/support/cli-process';
import type { Contender, Running } from './measure';
import { deploymentOn, dropTopics, type Stream } from './stream';

export type Delivery = 'exactly-once' | 'at-least-once';

export interface ScorerOptions {
  readonly delivery: Delivery;
  /** Default 1. */
  readonly processes?: number;
}

/** `clv-stream score` with the default model, as it is built: run `npm run build` first. */
export function scorer({ delivery, processes = 1 }: ScorerOptions): Contender {
  return {
    name: `clv-stream ${delivery}${processes === 1 ? '' : `, ${processes} processes`}`,
    start: (stream) => startScorers(stream, delivery, processes),
  };
}

async function startScorers(stream: Stream, delivery: string, processes: number): Promise<Running> {
  const deployment = await deploymentOn(stream, { CLV_DELIVERY: delivery });
  const { settings } = deployment;
  const scorers = await Promise.all(
    Array.from({ length: processes }, (_, i) =>
      startCli(['score'], environmentOf(settings), join(settings.CLV_HOME, `score-${i}.log`)),
    ),
  );
  const keys = new RedisKeys(settings.CLV_REDIS_PREFIX);
  return {
    pids: scorers.map(({ pid }) => pid),
    // A partition's `published` is raised after the records of a commit are acknowledged, and their transaction has ended.
    count: async () => {
      const reading = stream.stand.client.pipeline();
      for (let p = 0; p < stream.partitions; p++) reading.hget(keys.meta(p), 'published');
      const replies = (await reading.exec()) ?? [];
      const offsets = replies.flatMap(([, text]) => (typeof text === 'string' ? text.split(',') : []));
      return offsets.reduce((sum, offset) => sum + Number(offset), 0);
    },
    check: () => {
      for (const each of scorers) each.check();
    },
    end: async () => {
      await Promise.all(scorers.map((each) => each.end('SIGTERM')));
      await deployment.close();
      const { updates, deadLetters } = deployment.platform.topics;
      await dropTopics(stream, [updates, deadLetters]);
      await stream.stand.client.flushall();
    },
  };
}
