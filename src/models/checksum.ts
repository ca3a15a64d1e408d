import { createReadStream } from "node:fs";

/** Reading ahead in larger pieces than Node's 64 KiB is what makes hashing as fast as the disk. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Feeds a file's bytes to a hash; `progress` hears how many it has seen. */
export async function hashFile(
  path: string,
  hash: Bun.CryptoHasher,
  { signal, progress }: { signal?: AbortSignal | undefined; progress?: ((bytes: number) => void) | undefined } = {},
): Promise<number> {
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) {
    hash.update(chunk);
    done += chunk.length;
    progress?.(done);
  }
  return done;
}

/** The sha256 of a file, in hexadecimal. */
export async function sha256Of(path: string, options: Parameters<typeof hashFile>[2] = {}): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  await hashFile(path, hash, options);
  return hash.digest("hex");
}
