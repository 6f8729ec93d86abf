import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort, pauseMs, startDaemon } from './process';
import { type Service, startService } from './services';

const VERSION = '2.6.13.Final';

/** The folder in which `scripts/ci-services --schema-registry` puts the application. */
function folder(): string {
  return join(process.env.CLV_CACHE_DIR ?? join(homedir(), '.cache', 'clv-stream'), `apicurio-registry-${VERSION}`);
}

/** Whether a real schema registry is installed. It is no part of the ordinary run, because its download is large. */
export const hasApicurio = (): boolean => existsSync(folder()) && process.env.CLV_TEST_SERVICES !== 'none';

/** Apicurio Registry, in memory. */
export async function startApicurio(): Promise<{ readonly url: string; readonly service: Service }> {
  const app = folder();
  const classPath = [join(app, `apicurio-registry-app-${VERSION}-runner.jar`), join(app, 'lib', '*')].join(':');
  const flags = ['-Xmx400m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dquarkus.http.host=127.0.0.1'];
  const at = (port: number) => `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const service = await startService(async () => {
    const port = await freePort();
    return {
      prefix: 'clv-test-registry-',
      port,
      prepare: () => pauseMs(0),
      launch: (dir) =>
        startDaemon(
          'java',
          [...flags, `-Dquarkus.http.port=${port}`, '-cp', classPath, 'io.quarkus.runner.GeneratedMain'],
          join(dir, 'registry.log'),
        ),
      ready: () =>
        fetch(`${at(port)}/subjects`).then(
          ({ ok }) => ok,
          () => false,
        ),
    };
  });
  return { url: at(service.port), service };
}
