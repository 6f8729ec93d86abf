/** A count for people: 2,122. */
export function counted(count: number): string {
  return count.toLocaleString('en-US');
}

/** A count and what is counted: "1 row", "2,122 rows". */
export function countOf(count: number, one: string, several = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : several}`;
}

/** A name and its article: "an Order", "a Click". */
export function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}
