/** The progress of a model that the server fetches: a JSON object on each line. */

export interface PullEvent {
  status: string;
  /** 0..1 of the step that is under way. */
  part?: number;
}

interface PullLine {
  status?: string;
  completed?: number;
  total?: number;
  error?: { message?: string } | string;
}

/** Reads the lines to their end; rejects with what the server says went wrong. */
export async function pullProgress(
  body: ReadableStream<Uint8Array>,
  listener: (event: PullEvent) => void,
): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") tell(line, listener);
  }
  if (rest.trim() !== "") tell(rest, listener);
}

function tell(line: string, listener: (event: PullEvent) => void): void {
  const { status = "", completed, total, error } = JSON.parse(line) as PullLine;
  if (error !== undefined)
    throw new Error(typeof error === "string" ? error : (error.message ?? "The model could not be fetched."));
  listener({ status, ...(completed === undefined || !total ? {} : { part: completed / total }) });
}
