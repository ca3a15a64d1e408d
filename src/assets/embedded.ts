/** What the executable carries. Empty when run from source: `scripts/build.ts` puts the real list in this module's place. */

export interface EmbeddedFile {
  /** Where Bun sees it inside the executable. */
  path: string;
  sha256: string;
  size: number;
}

/** Group → file name → file. A group is what must lie together in one folder. */
export const embedded: Record<string, Record<string, EmbeddedFile>> = {};
