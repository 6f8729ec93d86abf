/** Marks that part columns and are looked for. A comma wins a tie. */
export const DELIMITERS = [',', ';', '\t', '|'];

const NAMES: Readonly<Record<string, string>> = {
  ',': 'a comma',
  ';': 'a semicolon',
  '\t': 'a tab',
  '|': 'a vertical bar',
};

/** For people: "a semicolon". */
export function delimiterName(delimiter: string): string {
  return NAMES[delimiter] ?? delimiter;
}
