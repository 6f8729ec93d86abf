import { readFileSync } from 'node:fs';
import { unreadable } from '../../adapters/files/regular-file';
import { ConfigurationError } from '../../config/settings';

type FileSetting = 'KAFKA_SSL_CA' | 'REDIS_SSL_CA' | 'SCHEMA_REGISTRY_SSL_CA' | 'CLV_MODEL';

/** The file that a setting names. Throws if it can't be read. */
export function namedFile(setting: FileSetting, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigurationError([`${setting}=${unreadable(path, error).message}`]);
  }
}
