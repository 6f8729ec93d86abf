import type { Settings } from '../../config/table';

/** With CLV_HTTP_PORT=auto the first process of a machine takes this port, and the next ones those above it. */
const FIRST_PORT = 8080;
/** Beyond these the system picks a free one. */
const PORTS_TRIED = 20;

/** The HTTP server can't listen where the settings say. */
export class HttpPortError extends Error {
  readonly code = 'CLV_HTTP_NOT_LISTENING';
}

type Address = Pick<Settings, 'CLV_HTTP_HOST' | 'CLV_HTTP_PORT'>;

/**
 * Starts a server on the port of the settings, or on a free one if no port is set. Throws {@link HttpPortError} if the server can't listen
 * there. Each try listens at once: a port that was only probed may be taken by another process meanwhile.
 */
export async function listenOn<Server>(
  { CLV_HTTP_HOST: host, CLV_HTTP_PORT: port }: Address,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  try {
    if (port !== 'auto') return await start(port);
    for (let tried = 0; tried < PORTS_TRIED; tried++) {
      const server = await unlessTaken(start(FIRST_PORT + tried));
      if (server !== null) return server;
    }
    return await start(0);
  } catch (error) {
    throw refusal(host, port, error);
  }
}

async function unlessTaken<Server>(starting: Promise<Server>): Promise<Server | null> {
  try {
    return await starting;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return null;
    throw error;
  }
}

/** The error as one sentence with the setting to change. Errors that do not come from the system stay as they are. */
function refusal(host: string, port: number | 'auto', error: unknown): unknown {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new HttpPortError(
        `port ${port} on ${host} is taken by another process. Set CLV_HTTP_PORT to a free port, or to auto, which finds one.`,
        { cause: error },
      );
    case 'EACCES':
      return new HttpPortError(
        `this user may not listen on port ${port} of ${host}. Set CLV_HTTP_PORT to a port from 1024 on, or to auto, which finds one.`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new HttpPortError(
        `${host} is not an address of this machine. Set CLV_HTTP_HOST to one of its addresses, or to 127.0.0.1.`,
        { cause: error },
      );
    default:
      return error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
