import { KEYED_TOPICS } from '../../domain/event';
import { readTopicHistory } from '../../services/fit/topic-history';
import { eventCodec, openSchemas } from '../compose/codecs';
import { timeDecisions } from '../compose/time-decisions';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import { type ProcessContext, StoppedEarly } from '../process/process';
import { ProgressLine } from '../reports/progress-line';
import { doubtText, type FitHistory, knownPart } from './history';

/** Reads the deployment's event topics from the beginning to their current ends. Then closes its connections. */
export async function topicsHistory({ settings, observer, clock, signal }: ProcessContext): Promise<FitHistory> {
  const platform = await openPlatform(settings, observer, clock);
  const line = new ProgressLine(process.stderr, clock);
  try {
    const partitions = await awaitPartitions(platform, { observer, clock, signal });
    const { inputs } = platform.topics;
    const schemas = await openSchemas(platform);
    const { events, records, refused, gone } = await readTopicHistory(
      {
        reader: platform.reader(),
        events: eventCodec(settings, partitions, schemas),
        // A scorer that is away decides nothing while this command runs.
        times: timeDecisions({ platform, settings, schemas, observer, clock }, 0),
        onProgress: ({ records: read, of }) => {
          if (signal.aborted) throw new StoppedEarly('stopped while reading the topics');
          line.show({ share: read / Math.max(1, of), text: `topics: ${read} of ${of} offsets` });
        },
      },
      inputs,
      partitions,
    );
    const { known, endS, doubtful } = knownPart(events);
    if (doubtful.length > 0) observer.notice('warn', doubtText(doubtful, events.length, endS));
    const lost = gone > 0 ? `, of which retention has deleted the first ${gone}` : '';
    return {
      events: known,
      endS,
      doubtful,
      description: `${records} records of the topics ${KEYED_TOPICS.map((topic) => inputs[topic]).join(', ')}${lost}`,
      passedOver: [...refused].map(([why, count]) => ({ why, count })).sort((a, b) => b.count - a.count),
      recorded: true,
    };
  } finally {
    line.clear();
    await platform.close();
  }
}
