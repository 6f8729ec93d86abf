import type { z } from 'zod';
import { CONNECTIONS } from './groups/connections';
import { PROGRAM } from './groups/program';
import { SCORER } from './groups/scorer';
import type { Setting } from './groups/setting';
import { TOPICS } from './groups/topics';
import { TRAINER } from './groups/trainer';
import { WEB } from './groups/web';

export type { Setting } from './groups/setting';

/** Every setting of the program, in the order of the reference (docs/configuration.md). */
export const SETTINGS = {
  ...CONNECTIONS,
  ...TOPICS,
  ...SCORER,
  ...TRAINER,
  ...WEB,
  ...PROGRAM,
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [N in SettingName]: z.output<(typeof SETTINGS)[N]['schema']> };

/** Variables of scripts and tests. They are listed so that they do not count as unknown settings. */
export const OTHER_VARIABLES: readonly string[] = [
  'CLV_CONFIG',
  'CLV_DATA_DIR',
  'CLV_CACHE_DIR',
  'CLV_TEST_SERVICES',
  'CLV_TEST_SEED',
  'CLV_TEST_STREAMS',
  'CLV_CHAOS_AWAY_SECONDS',
  'CLV_BENCH_SERVERS',
  'CLV_BACKEND_DIR',
];
