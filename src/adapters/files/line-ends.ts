/** In any mixture: otherwise the parser would take the first that it meets for the only one, and rows would be lost. */
export const LINE_ENDS = ['\r\n', '\n', '\r'];

/** Line ends in a text. */
export function lineEndsIn(text: string): number {
  let ends = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends++;
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) if (text[at + 1] !== '\n') ends++;
  return ends;
}
