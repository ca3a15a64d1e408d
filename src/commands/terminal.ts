/** What a command says to the person or program that started it: results on stdout, everything else on stderr. */

export interface Terminal {
  /** Writes a result. */
  out(text: string): void;
  /** Writes a message. */
  err(text: string): void;
  /** Writes over what it wrote last, one line or several, on a terminal; pass an empty text to clear it. */
  status(text: string): void;
  /** Whether a person watches stderr. */
  isWatched: boolean;
  /** Columns and rows that `status` may use; a longer line is cut. */
  readonly size: { columns: number; rows: number };
}

/** The terminal, or the pipes, of this process. */
export function openTerminal(): Terminal {
  // `verbatim models list | head`: the reader may leave before the end. What is written then is lost, and that is no error.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  const isWatched = process.stderr.isTTY === true;
  let linesShown = 0;
  // ECMA-48: to the line's begin, and erase it; then the same with each line above it.
  const erasure = () => (linesShown === 0 ? "" : `\r\x1b[2K${"\x1b[1A\x1b[2K".repeat(linesShown - 1)}`);
  const size = () => ({ columns: (process.stderr.columns || 80) - 1, rows: process.stderr.rows || 24 });
  const clear = () => {
    if (linesShown > 0) process.stderr.write(erasure());
    linesShown = 0;
  };
  return {
    out(text) {
      clear();
      process.stdout.write(text);
    },
    err(text) {
      clear();
      process.stderr.write(text);
    },
    status(text) {
      if (!isWatched) return;
      const { columns } = size();
      const lines = text === "" ? [] : text.split("\n").map((line) => fitting(line, columns));
      // In one piece, so that nothing is seen half drawn.
      const drawn = `${erasure()}${lines.join("\n")}`;
      if (drawn !== "") process.stderr.write(drawn);
      linesShown = lines.length;
    },
    isWatched,
    get size() {
      return size();
    },
  };
}

/** As much of a line as fits into so many columns; a Chinese character takes two. */
function fitting(line: string, columns: number): string {
  if (Bun.stringWidth(line) <= columns) return line;
  let cut = line.slice(0, columns);
  while (Bun.stringWidth(cut) > columns) cut = cut.slice(0, -1);
  return cut;
}

/** Resolves when everything written has left this process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => void stream.write("", () => done()))),
  );
}
