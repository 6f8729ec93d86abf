import { flag, instant, list, nullable, number, object, shared, text, whole } from './schema';

export const MODEL = object({
  version: text('Version of the weights.'),
  firstAsOf: nullable(instant('Event time of the first update scored under it.')),
  lastAsOf: nullable(instant('Event time of the last one.')),
  firstSeenAt: instant('Log time of its first update, or of its announcement.'),
  updates: whole('Updates scored under it.'),
  note: nullable(text('What is recorded about it.')),
  action: nullable(text('How it came into force.')),
  by: nullable(text('Who did it.')),
  reason: nullable(text('Why.')),
});

export const STATUS = object({
  updates: whole('Updates read.'),
  customers: whole('Customers known.'),
  updatesPerSecond: number('Over the last 10 s.'),
  recentUpdates: list(whole('Updates.'), 'In each of the last 60 seconds, oldest first.'),
  viewLagRecords: whole('Updates not read yet.'),
  inputLagRecords: nullable(whole('Input records not folded yet; null if this process does not have it.')),
  newestUpdateAt: nullable(instant('Log time of the newest update.')),
  newestAsOf: nullable(instant('Newest event time.')),
  modelVersion: nullable(text('Version of the newest update.')),
  modelSwaps: whole('Changes of the version.'),
  currency: nullable(text('ISO 4217; null before the first update.')),
  undecodable: whole('Records of the updates topic that could not be read.'),
  caughtUp: flag('True after the view has reached the end of the log once.'),
});

export const MODELS = object({ models: list(shared('Model')) });

export const ALIVE = object({ status: text('alive') });
export const READINESS = object({
  status: text('ready, or not ready.'),
  reasons: list(text('One reason for not being ready.')),
});
