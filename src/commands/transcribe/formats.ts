/** What a transcript can be written as. */
import { VerbatimError } from "../../error.ts";
import { toJson } from "../../text/json.ts";
import { toPlain } from "../../text/plain.ts";
import { toSrt } from "../../text/srt.ts";
import type { Transcript } from "../../text/transcript.ts";
import { toTsv } from "../../text/tsv.ts";
import { toVtt } from "../../text/vtt.ts";

export interface Format {
  extension: string;
  /** What has to be recognised for it. */
  needs: "text" | "segments" | "words";
  /** Whether several transcripts may follow each other in one stream. */
  joins: boolean;
  /** `words`: they were asked for. */
  write(transcript: Transcript, options: { file: string; words: boolean }): string;
}

const FORMATS: Readonly<Record<string, Format>> = {
  text: { extension: "txt", needs: "text", joins: true, write: toPlain },
  json: {
    extension: "json",
    needs: "segments",
    joins: true,
    write: (transcript, options) => `${JSON.stringify(toJson(transcript, options))}\n`,
  },
  srt: { extension: "srt", needs: "words", joins: false, write: toSrt },
  vtt: { extension: "vtt", needs: "words", joins: false, write: toVtt },
  tsv: { extension: "tsv", needs: "segments", joins: false, write: toTsv },
};

/** The formats of a list such as `text,srt`. */
export function parseFormats(lists: readonly string[]): Format[] {
  const names = new Set(lists.flatMap((list) => list.split(",")).map((name) => name.trim().toLowerCase()));
  return [...names].map((name) => {
    const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    if (format !== undefined) return format;
    throw new VerbatimError(
      "bad-parameter",
      `There is no format ${name || '""'}; there are ${Object.keys(FORMATS).join(", ")}.`,
      {
        parameter: "format",
      },
    );
  });
}
