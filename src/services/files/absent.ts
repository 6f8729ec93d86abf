/** What databases and other programs write where there is no value. */
const ABSENT: ReadonlySet<string> = new Set([
  ...['', '-', '--', '–', '—', 'NULL', 'null', 'Null', 'N/A', 'n/a', 'NA', 'NaN', 'nan', 'NaT', 'None', 'none', 'NONE'],
  ...['#VALUE!', '#REF!', '#DIV/0!', '#NAME?', '#NUM!', '#NULL!', '#ERROR!'],
  ...['\\N', '#N/A', '<NA>', '<null>', '(null)', '(NULL)', '[NULL]', '[null]', 'undefined'],
]);
const LONGEST = Math.max(...[...ABSENT].map((text) => text.length));

/** Whether a cell holds no value: blanks, or a word for it. */
export function isAbsent(text: string): boolean {
  if (text === '') return true;
  const given = text.trim();
  return given.length <= LONGEST && ABSENT.has(given);
}
