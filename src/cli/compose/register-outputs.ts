import { ConfigurationError } from '../../config/settings';
import type { Settings } from '../../config/table';
import { outputSubjects } from '../../serde/subjects';
import type { Platform } from '../platform/platform';

/** Registers the output schemas and prints their ids. False if the schema registry refuses one. */
export async function registerOutputs(platform: Platform, settings: Settings): Promise<boolean> {
  const { subjects } = platform;
  if (subjects === null) {
    throw new ConfigurationError(['--register needs a schema registry: set SCHEMA_REGISTRY_URL to its address.']);
  }
  let isWhole = true;
  for (const { subject, contract } of outputSubjects(settings.CLV_SUBJECT_STRATEGY, platform.topics)) {
    const outcome = await subjects.register(subject, contract.text);
    if ('id' in outcome) console.log(`schema   ${subject} (id ${outcome.id})`);
    else {
      isWhole = false;
      const fix = `allow it in the schema registry (compatibility of the subject), or choose another CLV_SUBJECT_STRATEGY`;
      console.error(`${subject}: the schema ${contract.file} was not registered, ${outcome.fault}; ${fix}`);
    }
  }
  return isWhole;
}
