/** Every error that HTTP callers can get. The code is stable, the message names the subject, the status is HTTP's. */
export const HTTP_ERRORS = {
  CLV_HTTP_BAD_REQUEST: { status: 400, message: 'The request cannot be read' },
  CLV_HTTP_UNAUTHORIZED: { status: 401, message: 'Send the token as "Authorization: Bearer <token>"' },
  CLV_HTTP_HOST_REFUSED: {
    status: 403,
    message: 'This server answers only under a local host name; set a token to open it',
  },
  CLV_HTTP_NOT_FOUND: { status: 404, message: 'No such path' },
  CLV_HTTP_NO_SUCH_CUSTOMER: { status: 404, message: 'No update has been published for this customer' },
  CLV_HTTP_NO_EXPLANATION: { status: 404, message: 'The state behind this value cannot be read here' },
  CLV_HTTP_METHOD_NOT_ALLOWED: { status: 405, message: 'Only GET and HEAD' },
  CLV_HTTP_BUSY: { status: 503, message: 'Too many open streams; try again later' },
  CLV_HTTP_INTERNAL: { status: 500, message: 'The request failed; see the log for the cause' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;

/** Thrown by handlers and sent as JSON: `{ error: { code, message } }`. */
export class HttpError extends Error {
  readonly status: number;

  constructor(
    readonly code: HttpErrorCode,
    subject?: string,
    options?: ErrorOptions,
  ) {
    const { status, message } = HTTP_ERRORS[code];
    super(subject === undefined ? `${message}.` : `${message}: ${subject}.`, options);
    this.status = status;
  }
}

/** Settings with which the server refuses to start. */
export class HttpSettingsError extends Error {
  readonly code = 'CLV_HTTP_TOKEN_REQUIRED';
}
