import type { OpenTarget } from './target';
import { apiTarget } from './targets/api';
import { artefactHeaderTarget, artefactTarget } from './targets/artefacts';
import { batchesTarget } from './targets/batches';
import { deadLettersTarget, eventsTarget, updatesTarget } from './targets/records';
import { settingsTarget } from './targets/settings';
import { archiveTarget, outboxTarget, stateTarget } from './targets/stored';

/** Everything that reads bytes which nobody vouches for, by the name that --only takes. */
export const TARGETS: Readonly<Record<string, OpenTarget>> = {
  events: eventsTarget,
  updates: updatesTarget,
  'dead-letters': deadLettersTarget,
  state: stateTarget,
  outbox: outboxTarget,
  artefact: artefactTarget,
  'artefact-header': artefactHeaderTarget,
  archive: archiveTarget,
  settings: settingsTarget,
  batches: batchesTarget,
  api: apiTarget,
};
