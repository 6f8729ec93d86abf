/** What databases and other programs write where there is no value. */
const ABSENT: ReadonlySet<string> = new Set([
  ...['', '-', 'NULL', 'null', 'N/A', 'n/a', 'NaN', 'nan', 'None'],
  ...['\\N', '#N/A', '<NA>'],
]);
const LONGEST = Math.max(...[...ABSENT].map((text) => text.length));

/** Whether a cell holds no value: blanks, or a word for it. */
export function isAbsent(text: string): boolean {
  if (text === '') return true;
  const given = text.trim();
  return given.length <= LONGEST && ABSENT.has(given);
}
