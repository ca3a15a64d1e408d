import { describe, expect, test } from "bun:test";
import type { Session } from "../../../recognizer/live/session.ts";
import type { DeclaredEncoding, Encoding } from "../parameters.ts";
import { Inlet, rawEncoding } from "./inlet.ts";

const declared = (encoding: Encoding, rate?: number, channels = 1): DeclaredEncoding => ({
  encoding,
  channels,
  ...(rate === undefined ? {} : { rate }),
});

/** What a session is given for messages. */
function given(encoding: DeclaredEncoding | undefined, ...messages: string[]) {
  const raw: string[] = [];
  const encoded: string[] = [];
  const session = {
    pushRaw: (bytes: Uint8Array) => raw.push(Buffer.from(bytes).toString("latin1")),
    pushEncoded: async (bytes: Uint8Array) => void encoded.push(Buffer.from(bytes).toString("latin1")),
  } as unknown as Session;
  const inlet = new Inlet(encoding);
  for (const message of messages) inlet.push(session, Buffer.from(message, "latin1"));
  return { inlet, raw: raw.join("|"), encoded: encoded.join("|") };
}

describe("an encoding", () => {
  test("without a header is told to the session", () => {
    expect(rawEncoding(undefined)).toBeUndefined();
    expect(rawEncoding(declared("linear16", 8000, 2))).toEqual({ encoding: "linear16", rate: 8000, channels: 2 });
    expect(rawEncoding(declared("linear32", 48_000))?.encoding).toBe("float32");
    expect(rawEncoding(declared("mulaw", 8000))?.encoding).toBe("mulaw");
    expect(rawEncoding(declared("alaw", 8000))?.encoding).toBe("alaw");
    for (const encoding of ["opus", "flac", "ogg-opus", "amr-nb", "amr-wb"] as const)
      expect(rawEncoding(declared(encoding, 8000))).toBeUndefined();
  });

  test("that cannot be decoded is refused", () => {
    expect(() => rawEncoding(declared("speex"))).toThrow("Invalid 'encoding' value of 'speex'.");
    expect(() => rawEncoding(declared("g729"))).toThrow("Invalid 'encoding' value of 'g729'.");
    expect(() => rawEncoding(declared("opus", 48_000, 3))).toThrow("Invalid 'channels' value of '3'.");
  });
});

describe("messages", () => {
  test("go in as samples, a WAV header left out", () => {
    expect(given(declared("linear16", 16_000), "abc", "d").raw).toBe("abc|d");
    expect(given(declared("linear16", 16_000), "RIFF\0\0\0\0WAVEdata\0\0\0\0ab", "cd").raw).toBe("ab|cd");
  });

  test("go in as a container, which says what it is", () => {
    expect(given(undefined, "OggS", "x").encoded).toBe("OggS|x");
    expect(given(declared("flac", 16_000), "fLaC", "x").encoded).toBe("fLaC|x");
  });

  test("of AMR frames get the mark that makes them a file", () => {
    expect(given(declared("amr-nb", 8000), "\x3cframe", "\x3cframe").encoded).toBe("#!AMR\n\x3cframe|\x3cframe");
    expect(given(declared("amr-wb", 16_000), "#!AMR-WB\nframe", "x").encoded).toBe("#!AMR-WB\nframe|x");
  });

  test("of Opus packets become Ogg, unless they are a container already", () => {
    const { encoded } = given(declared("opus", 48_000), "\x08packet", "\x08packet");
    expect(encoded.split("OggS").length).toBe(5);
    expect(encoded).toContain("OpusHead");
    expect(given(declared("opus", 48_000), "OggSpage", "page").encoded).toBe("OggSpage|page");
    expect(given(declared("opus", 48_000), "\x1aE\xdf\xa3webm", "x").encoded).toBe("\x1aE\xdf\xa3webm|x");
  });

  test("are samples from the moment that it is said", () => {
    const inlet = new Inlet(undefined);
    expect([inlet.hasBegun, inlet.isRaw]).toEqual([false, false]);
    inlet.becomeRaw();
    expect([inlet.hasBegun, inlet.isRaw]).toEqual([false, true]);
  });
});
