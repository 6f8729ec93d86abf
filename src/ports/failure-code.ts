/** Code of an error without a code of its own: a defect of this program. */
export const DEFECT = 'defect';

/** A broker's error type, a code of this program, or a defect. Never derived from the error's text. */
export function codeOf(error: unknown): string {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { readonly cause?: unknown }).cause) {
    const { type, code, name } = at as Readonly<Record<'type' | 'code' | 'name', unknown>>;
    if (typeof type === 'string' && type !== '') return type;
    if (typeof code === 'string' && code !== '') return code;
    // KafkaJS errors without a type: no broker was reached, or it did not answer.
    if (typeof name === 'string' && name.startsWith('KafkaJS') && !hasCause(at)) return name;
  }
  return DEFECT;
}

function hasCause(error: object): boolean {
  return 'cause' in error && error.cause !== undefined && error.cause !== null;
}
