/** What a command says to the person or program that started it: results on stdout, everything else on stderr. */

export interface Terminal {
  /** Writes a result. */
  out(text: string): void;
  /** Writes a message. */
  err(text: string): void;
  /** Writes over the last such line, on a terminal; pass an empty text to clear it. */
  status(text: string): void;
  /** Whether a person watches stderr. */
  isWatched: boolean;
}

/** The terminal, or the pipes, of this process. */
export function openTerminal(): Terminal {
  // `verbatim models list | head`: the reader may leave before the end. What is written then is lost, and that is no error.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  const isWatched = process.stderr.isTTY === true;
  let statusShown = false;
  const clear = () => {
    // ECMA-48: to the line's begin, and erase it.
    if (statusShown) process.stderr.write("\r\x1b[2K");
    statusShown = false;
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
      clear();
      if (text === "") return;
      process.stderr.write(text.slice(0, (process.stderr.columns || 80) - 1));
      statusShown = true;
    },
    isWatched,
  };
}

/** Resolves when everything written has left this process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => void stream.write("", () => done()))),
  );
}
