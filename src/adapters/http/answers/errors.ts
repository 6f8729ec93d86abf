/** Every error that HTTP callers can get. The code is stable, the message names the subject, the status is HTTP's. */
export const HTTP_ERRORS = {
  CLV_HTTP_BAD_REQUEST: { status: 400, message: 'The request cannot be read' },
  CLV_HTTP_UNAUTHORIZED: { status: 401, message: 'Send the token as "Authorization: Bearer <token>"' },
  CLV_HTTP_HOST_REFUSED: {
    status: 403,
    message: 'This server answers only under a local host name; set a token to open it',
  },
  CLV_HTTP_FORBIDDEN: { status: 403, message: 'A role is missing' },
  CLV_HTTP_NOT_FOUND: { status: 404, message: 'No such path' },
  CLV_HTTP_NO_SUCH_CUSTOMER: { status: 404, message: 'No update has been published for this customer' },
  CLV_HTTP_NO_EXPLANATION: { status: 404, message: 'The state behind this value cannot be read here' },
  CLV_HTTP_METHOD_NOT_ALLOWED: { status: 405, message: 'The path does not take this method' },
  CLV_HTTP_NOT_ACCEPTABLE: { status: 406, message: 'The header Accept names no type that there is' },
  CLV_HTTP_TIMEOUT: { status: 408, message: 'The request did not arrive in time' },
  CLV_HTTP_TOO_LARGE: { status: 413, message: 'The body is too large' },
  CLV_HTTP_TOO_MANY: { status: 429, message: 'Too many requests from this address; try again later' },
  CLV_HTTP_HEADERS_TOO_LARGE: { status: 431, message: 'The path and the headers are too large' },
  CLV_HTTP_BUSY: { status: 503, message: 'Too many open streams; try again later' },
  CLV_HTTP_INTERNAL: { status: 500, message: 'The request failed; see the log for the cause' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;

/** Members of a problem beside those of RFC 9457, such as what exists in the place of what was asked for. */
export type ProblemMembers = Readonly<Record<'paths' | 'parameters', readonly string[]>>;

/** Thrown by handlers and sent as a problem (problem.ts). */
export class HttpError extends Error {
  readonly status: number;

  constructor(
    readonly code: HttpErrorCode,
    subject?: string,
    readonly members: Partial<ProblemMembers> = {},
  ) {
    const { status, message } = HTTP_ERRORS[code];
    super(subject === undefined ? `${message}.` : `${message}: ${subject}.`);
    this.status = status;
  }
}

/** Settings with which the server refuses to start. */
export class HttpSettingsError extends Error {
  readonly code = 'CLV_HTTP_TOKEN_REQUIRED';
}
