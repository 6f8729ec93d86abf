import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HTTP_ERRORS, HttpError, type HttpErrorCode } from './errors';

export const PROBLEM_TYPE = 'application/problem+json';

/** An error as RFC 9457 has it. `code` is stable; docs/errors.md lists all. */
export function problemOf({ code, message, status, members }: HttpError): Record<string, unknown> {
  const { message: title } = HTTP_ERRORS[code];
  return { type: `urn:clv-stream:error:${code}`, title, status, detail: message, code, ...members };
}

const CODES: Readonly<Record<string, HttpErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'CLV_HTTP_HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'CLV_HTTP_TIMEOUT',
};

/** Answers bytes that are no HTTP request, and ends their connection. */
export function answerBrokenRequest({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = new HttpError(CODES[code] ?? 'CLV_HTTP_BAD_REQUEST');
  const body = JSON.stringify(problemOf(error));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
