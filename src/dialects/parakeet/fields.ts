/** The fields of an upload as FastAPI reads them. */
import { VerbatimError } from "../../error.ts";
import type { Upload, UploadedFile } from "../upload.ts";

export interface ParakeetRequest {
  file: UploadedFile;
  timestamps: boolean;
  chunked: boolean;
  language: string | undefined;
}

/** Throws what is missing or no truth value. */
export function readFields({ fields, file }: Upload): ParakeetRequest {
  const last = (name: string) => fields.findLast(([field]) => field === name)?.[1];
  if (file?.name !== "file") throw missingFile();
  return {
    file,
    timestamps: truth("include_timestamps", last("include_timestamps"), false),
    chunked: truth("should_chunk", last("should_chunk"), true),
    language: last("language"),
  };
}

/** Also for a body that is no form at all. */
export function missingFile(): VerbatimError {
  return new VerbatimError(
    "bad-parameter",
    "The field `file` is missing: it must hold the audio, in multipart/form-data.",
    {
      parameter: "file",
      reason: "missing",
    },
  );
}

/** Pydantic's words for true and false, in any case. */
const TRUTHS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["true", "1", "yes", "on", "t", "y"].map((word) => [word, true])),
  ...Object.fromEntries(["false", "0", "no", "off", "f", "n"].map((word) => [word, false])),
};

function truth(parameter: string, text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise;
  const found = Object.hasOwn(TRUTHS, text.toLowerCase()) ? TRUTHS[text.toLowerCase()] : undefined;
  if (found === undefined)
    throw new VerbatimError("bad-parameter", `${parameter} must be true or false.`, {
      parameter,
      reason: "bool_parsing",
    });
  return found;
}
