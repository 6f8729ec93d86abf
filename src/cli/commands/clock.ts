import { Command } from 'commander';
import { TICK_TOPIC } from '../../domain/event';
import { SWEEP_SHARDS } from '../../ports/state-store';
import { EventEncoder } from '../../serde/event-encoder';
import { positiveNumber } from '../options/option-values';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import { runProcess } from '../process/process';
import { type Progress, ProgressLine } from '../reports/progress-line';

export function clockCommand(): Command {
  return new Command('clock')
    .description('write ticks into clv-ticks, so that quiet customers are re-scored; one per deployment')
    .option('--sweep-hours <n>', 'hours in which every quiet customer is re-scored once', positiveNumber, 24)
    .addHelpText(
      'after',
      `
Writes ${SWEEP_SHARDS} ticks per sweep and partition, spread evenly. A second clock does no harm: a customer who was scored recently is left alone.
If simulate or replay write the ticks of their own event time, no clock is needed.`,
    )
    .action((options: { sweepHours: number }) =>
      runProcess({ name: 'clock', withoutRedis: true }, async ({ settings, observer, clock, signal }) => {
        const platform = await openPlatform(settings, observer, clock, { lasts: true });
        try {
          const partitions = await awaitPartitions(platform, { observer, clock, signal }, { lasts: true });
          const writer = platform.writer();
          const encoder = new EventEncoder(settings.CLV_CURRENCY);
          const topic = platform.topics.inputs[TICK_TOPIC]!;
          const line = new ProgressLine(process.stderr, clock);
          const stepMs = (options.sweepHours * 3_600_000) / SWEEP_SHARDS;
          let isFirst = true;
          while (!signal.aborted) {
            const nowMs = clock.nowMs();
            const shard = Math.floor(nowMs / stepMs) % SWEEP_SHARDS;
            const value = encoder.encodeTick({ asOfS: Math.floor(nowMs / 1000), shard, shards: SWEEP_SHARDS });
            const ticks = Array.from({ length: partitions }, (_, partition) => ({
              topic,
              partition,
              key: null,
              value,
              timestampMs: nowMs,
            }));
            // If a tick is not written, one shard misses one sweep. The next sweep makes up for it, so this is no error.
            await writer
              .append(ticks)
              .catch((error: unknown) => observer.notice('warn', 'a tick was not written', { error: String(error) }));
            line.show(swept(shard, stepMs, clock.nowMs()), isFirst);
            isFirst = false;
            await clock.sleep(stepMs - (clock.nowMs() % stepMs), signal);
          }
          line.clear();
          return undefined;
        } finally {
          await platform.close();
        }
      }),
    );
}

/** `shard`: the one that was just written. The sweep ends when the last shard's time is over. */
function swept(shard: number, stepMs: number, nowMs: number): Progress {
  const nextMs = stepMs - (nowMs % stepMs);
  const leftS = (nextMs + (SWEEP_SHARDS - 1 - shard) * stepMs) / 1000;
  const next = new Date(nowMs + nextMs).toISOString().slice(11, 19);
  const text = `clock: tick ${shard + 1} of ${SWEEP_SHARDS} of the sweep, the next one at ${next} UTC`;
  return { share: (shard + 1) / SWEEP_SHARDS, text, leftS };
}
