/** A model that is on this disk, ready to be opened. */
export interface InstalledModel {
  /** The catalogue's id (`base.en-q8_0`), or the file's path for a model of the user's own. */
  id: string;
  path: string;
  /** Bytes on disk. */
  size: number;
  multilingual: boolean;
}
