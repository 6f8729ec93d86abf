import type { CustomerEvent } from '../../domain/event';

/** Characters. The message of a foreign error must not make a letter large. */
const LONGEST_ERROR = 300;

/** Details of dead letters that the scorer itself causes. Each has three parts: subject, effect, next step. */
export function foldFailedDetail({ kind, eventId, customerId }: CustomerEvent, error: Error): string {
  return (
    `Folding ${kind} ${eventId} of customer ${customerId} failed: ${cut(error.message)}. ` +
    'The customer stays as before it. After the cause is repaired: clv-stream dead-letters replay --reason fold-failed --write.'
  );
}

export function stateUnreadableDetail(customerId: string, why: string): string {
  return (
    `The state of customer ${customerId} can't be used: ${cut(why)}. ` +
    `Fold it again from the log: clv-stream state rebuild ${shellWord(customerId)}. ` +
    'Then send the records again: clv-stream dead-letters replay --reason state-unreadable --write.'
  );
}

/** Quotes the text as one shell word: an id may contain blanks or quotes, or begin with a hyphen. */
export function shellWord(text: string): string {
  const quoted = /^[\w.@:+][\w.@:+-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  return text.startsWith('-') ? `-- ${quoted}` : quoted;
}

function cut(text: string): string {
  return text.length <= LONGEST_ERROR ? text : `${text.slice(0, LONGEST_ERROR)}…`;
}
