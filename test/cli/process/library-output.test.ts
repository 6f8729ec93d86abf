import { captureLibraryOutput } from '../../../src/cli/process/library-output';

test('what libraries and Node write becomes one notice of one line each, until it is given back', () => {
  const notices: { level: string; message: string; source: unknown }[] = [];
  const original = { warn: console.warn, error: console.error, log: console.log };
  const printers = process.listeners('warning');
  const restore = captureLibraryOutput((level, message, detail) => {
    notices.push({ level, message, source: detail?.source });
  });
  try {
    console.warn('Skipping the %s check:\n  %s', 'ready', 'NOPERM');
    const warning = new Error('a negative number');
    warning.name = 'TimeoutNegativeWarning';
    process.emit('warning', warning);
    expect(notices).toEqual([
      { level: 'warn', message: 'Skipping the ready check: | NOPERM', source: 'console' },
      { level: 'warn', message: 'TimeoutNegativeWarning: a negative number', source: 'node' },
    ]);
    // The commands' own results and messages.
    expect([console.error, console.log]).toEqual([original.error, original.log]);
  } finally {
    restore();
  }
  expect(console.warn).toBe(original.warn);
  expect(process.listeners('warning')).toEqual(printers);
});
