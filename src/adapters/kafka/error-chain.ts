/** An error, its causes, and the parts of an aggregate, outermost first. What is no error is left out. */
export function errorChain(error: unknown): Error[] {
  const chain = new Set<Error>();
  const visit = (at: unknown): void => {
    if (!(at instanceof Error) || chain.has(at)) return;
    chain.add(at);
    if ('errors' in at && Array.isArray(at.errors)) at.errors.forEach(visit);
    visit(at.cause);
  };
  visit(error);
  return [...chain];
}

/** The type names of a kafkajs protocol error and of its causes, outermost first. '' for an error without a type. */
export function errorTypes(error: unknown): string[] {
  return errorChain(error).map((at) => ('type' in at ? String(at.type) : ''));
}

/** One line for a log or a down-reason. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
