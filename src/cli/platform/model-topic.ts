import { LogModelRegistry } from '../../adapters/registry/log-model-registry';
import { LogPrequentialReports } from '../../adapters/registry/log-prequential-reports';
import { LogTierReleases } from '../../adapters/registry/log-tier-releases';
import type { LogReader, LogWriter } from '../../ports/log';
import type { Observer } from '../../ports/observer';
import { ModelAnnouncementCodec } from '../../serde/model-announcement-codec';
import type { Topics } from './platform';

interface ModelTopic {
  readonly topics: Topics;
  readonly observer: Observer;
  readonly reader: LogReader;
  readonly writer: LogWriter;
}

/** The models on their topic, on any event log. */
export function modelRegistry({ topics, observer, reader, writer }: ModelTopic): LogModelRegistry {
  return new LogModelRegistry(topics.models, reader, writer, new ModelAnnouncementCodec(), (detail) =>
    observer.notice('warn', `skipping a model announcement: ${detail}`),
  );
}

/** The trainer's reports, beside the models. */
export function prequentialReports({ topics, observer, reader, writer }: ModelTopic): LogPrequentialReports {
  return new LogPrequentialReports(topics.models, reader, writer, (detail) =>
    observer.notice('warn', `skipping a prequential report: ${detail}`),
  );
}

/** The cuts of the value tiers, beside the models. */
export function tierReleases({ topics, observer, reader, writer }: ModelTopic): LogTierReleases {
  return new LogTierReleases(topics.models, reader, writer, (detail) =>
    observer.notice('warn', `skipping a release of tier cuts: ${detail}`),
  );
}
