import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../config/settings';

/** The file that a setting names. Throws if it can't be read. */
export function pemOf(setting: 'KAFKA_SSL_CA' | 'REDIS_SSL_CA' | 'SCHEMA_REGISTRY_SSL_CA', path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${setting}=${path} can't be read: ${(error as Error).message}`]);
  }
}
