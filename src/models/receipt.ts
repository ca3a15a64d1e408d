/**
 * What is known of a model file since its checksum was last computed. A file whose size and time of change are those of its receipt is
 * not hashed again, so a start does not read gigabytes. Receipts lie in the cache folder, whichever folder the model lies in.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface Receipt {
  path: string;
  size: number;
  /** Milliseconds since 1970. */
  changed: number;
  sha256: string;
  /** `download`, `quantized from base.en`, or `found` for a file that was not put there by us. */
  origin: string;
}

/** The receipt of a file; unless asked otherwise, only while the file is still the one that was looked at. */
export function readReceipt(folder: string, path: string, { evenIfChanged = false } = {}): Receipt | undefined {
  try {
    const receipt: Receipt = JSON.parse(readFileSync(receiptPath(folder, path), "utf8"));
    const { size, mtimeMs } = statSync(path);
    const same = receipt.size === size && receipt.changed === mtimeMs;
    return receipt.path === path && (same || evenIfChanged) ? receipt : undefined;
  } catch {
    // No receipt, or a damaged one: the file is hashed again.
    return undefined;
  }
}

/** Notes a file's checksum. A folder that cannot be written costs no more than hashing again next time. */
export function writeReceipt(folder: string, path: string, sha256: string, origin: string): void {
  const { size, mtimeMs } = statSync(path);
  const receipt: Receipt = { path, size, changed: mtimeMs, sha256, origin };
  try {
    mkdirSync(join(folder, RECEIPTS), { recursive: true });
    writeFileSync(receiptPath(folder, path), `${JSON.stringify(receipt, null, 2)}\n`);
  } catch {
    return;
  }
}

export function removeReceipt(folder: string, path: string): void {
  rmSync(receiptPath(folder, path), { force: true });
}

const RECEIPTS = ".receipts";

/** Files of one name may lie in several folders. */
function receiptPath(folder: string, path: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(path).digest("hex").slice(0, 12);
  return join(folder, RECEIPTS, `${basename(path)}-${hash}.json`);
}
