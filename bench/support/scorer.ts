import { join } from 'node:path';
import { RedisKeys } from '../../src/adapters/redis/keys';
import { environmentOf, startCli } from '../../test/support/cli-process';
import type { Deployment } from '../../test/support/deployment';
import type { Contender, Running } from './measure';
import type { Stand } from './stand';
import { deploymentOn, dropTopics, type Stream } from './stream';

export type Delivery = 'exactly-once' | 'at-least-once';

export interface ScorerOptions {
  readonly delivery: Delivery;
  /** Default 1. */
  readonly processes?: number;
  /** The program of another version, as a path to its bin/clv-stream.js. Default: this one. */
  readonly program?: string;
  /** A folder for processor profiles of the scorers, one file each. Default: none are taken. */
  readonly profiles?: string;
}

/** `clv-stream score` with the default model, as it is built: run `npm run build` first. */
export function scorer(options: ScorerOptions): Contender {
  const { delivery, processes = 1, program } = options;
  const several = processes === 1 ? '' : `, ${processes} processes`;
  return {
    name: `clv-stream ${delivery}${several}${program === undefined ? '' : `, ${program}`}`,
    start: async (stream) => (await startScorers(stream, options)).running,
  };
}

export async function startScorers(
  stream: Stream,
  { delivery, processes = 1, program, profiles }: ScorerOptions,
): Promise<{ running: Running; deployment: Deployment }> {
  const deployment = await deploymentOn(stream, { CLV_DELIVERY: delivery });
  const { settings } = deployment;
  const nodeOptions = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const scorers = await Promise.all(
    Array.from({ length: processes }, (_, i) =>
      startCli(['score'], environmentOf(settings), join(settings.CLV_HOME, `score-${i}.log`), nodeOptions, program),
    ),
  );
  const running: Running = {
    pids: scorers.map(({ pid }) => pid),
    count: finishedCount(stream.stand, settings.CLV_REDIS_PREFIX, stream.partitions),
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
  return { running, deployment };
}

/**
 * Events of a deployment that are finished. A partition's `published` is raised after the records of a commit are acknowledged, and their
 * transaction has ended.
 */
export function finishedCount({ client }: Stand, prefix: string, partitions: number): () => Promise<number> {
  const keys = new RedisKeys(prefix);
  return async () => {
    const reading = client.pipeline();
    for (let p = 0; p < partitions; p++) reading.hget(keys.meta(p), 'published');
    const replies = (await reading.exec()) ?? [];
    const offsets = replies.flatMap(([, text]) => (typeof text === 'string' ? text.split(',') : []));
    return offsets.reduce((sum, offset) => sum + Number(offset), 0);
  };
}
