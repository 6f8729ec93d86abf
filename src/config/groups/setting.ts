import type { z } from 'zod';

/** One setting. The variable's name is also its key in a configuration file. */
export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** Text of the default; '' if the setting is unset by default. */
  readonly fallback: string;
  /** One sentence with the unit. */
  readonly doc: string;
  readonly group: 'connections' | 'topics' | 'scorer' | 'trainer' | 'web' | 'program';
  /** Never printed. */
  readonly secret?: true;
}

/** Makes the settings of one group. */
export function settingOf(group: Setting<unknown>['group']) {
  return <T>(schema: z.ZodType<T>, fallback: string, doc: string): Setting<T> => ({ group, schema, fallback, doc });
}
