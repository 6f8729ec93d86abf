import { oneOf } from './kinds';
import { type Setting, settingOf } from './setting';

const setting = settingOf('program');

/** The program itself. */
export const PROGRAM = {
  CLV_LOG_LEVEL: setting(oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info', 'Minimum level of log lines.'),
  CLV_LOG_FORMAT: setting(oneOf('auto', 'json', 'text'), 'auto', 'auto writes text to a terminal and JSON elsewhere.'),
} as const satisfies Record<string, Setting<unknown>>;
