import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** SHA-256 of the file's bytes, hex. Rejects if it can't be read. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** As {@link fileDigest}, of what a gzipped file holds. A file whose gzip data is damaged is taken as it is. */
export async function contentDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), createGunzip(), hash);
    return hash.digest('hex');
  } catch {
    return fileDigest(path);
  }
}
