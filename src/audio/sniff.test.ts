import { describe, expect, test } from "bun:test";
import { clips } from "../../test/data.ts";
import { linear16, tone, wav } from "../../test/waves.ts";
import { openBytes } from "./bytes.ts";
import { sniff } from "./sniff.ts";

async function formatOf(bytes: Uint8Array | string): Promise<string> {
  const source = typeof bytes === "string" ? { path: bytes } : { bytes };
  const opened = await openBytes(source);
  try {
    const { name, decoder, seeks } = await sniff(opened);
    return `${name} ${decoder}${seeks ? " seeks" : ""}`;
  } finally {
    await opened.close();
  }
}

const text = (words: string) => new TextEncoder().encode(words);
const latin = (words: string) => Buffer.from(words, "latin1");
const samples = linear16(tone(440, 0.2, 16_000));

/** The manifest's name of a container, and what is to be found in it. */
const expected: Record<string, string> = {
  "wav/pcm_s16le": "wav library",
  "wav/pcm_s24le": "wav library",
  "wav/pcm_s32le": "wav library",
  "wav/pcm_u8": "wav library",
  "wav/pcm_mulaw": "wav library",
  "wav/pcm_alaw": "wav library",
  "wav/adpcm_ima_wav": "wav library",
  "mp3/mp3": "mp3 library",
  "flac/flac": "flac library",
  "ogg/vorbis": "vorbis library",
  "opus/opus": "ogg ffmpeg",
  "webm/opus": "matroska ffmpeg",
  "webm/vorbis": "matroska ffmpeg",
  "m4a/aac": "mov ffmpeg",
  "mp4/aac": "mov ffmpeg",
  "3gp/amr_nb": "mov ffmpeg",
  "aac/aac": "aac ffmpeg",
  "amr/amr_nb": "amr ffmpeg",
  "au/pcm_mulaw": "au ffmpeg",
  "aiff/pcm_s16be": "aiff ffmpeg",
  "wav/pcm_f32le": "wav library",
  "sph/pcm_s16le": "nistsphere ffmpeg",
  "wma/wmav2": "asf ffmpeg",
};

test("recordings are recognised by their bytes", async () => {
  const wrong: string[] = [];
  for (const { path, file, format } of clips().filter((clip) => !/^raw|unreadable/.test(clip.format))) {
    const found = (await formatOf(file)).replace(" seeks", "");
    if (found !== expected[format]) wrong.push(`${path} (${format}): ${found}`);
  }
  expect(wrong).toEqual([]);
});

describe("magic bytes", () => {
  const cases: [string, Uint8Array, string][] = [
    ["WAV with GSM inside", wav(samples, { tag: 0x31 }), "wav ffmpeg"],
    ["WAV with MP3 inside", wav(samples, { tag: 0x55 }), "wav ffmpeg"],
    ["a WAV header that is cut off", wav(samples).subarray(0, 20), "wav library"],
    ["Wave64", latin("riff\x2e\x91\xcf\x11"), "wav library"],
    ["RF64", latin(`RF64\xff\xff\xff\xffWAVEds64`), "wav library"],
    ["AVI", latin("RIFF\0\0\0\0AVI LIST"), "avi ffmpeg"],
    ["FLAC behind an ID3 tag", latin("ID3\x04\0\0\0\0\0\x0a0123456789fLaC"), "flac library"],
    [
      "two tags, then AAC",
      latin(`ID3\x04\0\0\0\0\0\x01.ID3\x04\0\0\0\0\0\x01.${"\xff\xf1\x50\x80\x02\x1f\xfc".padEnd(16)}`.repeat(1)),
      "aac ffmpeg",
    ],
    ["Opus", latin(`OggS\0\x02${"\0".repeat(22)}OpusHead`), "ogg ffmpeg"],
    ["FLAC in Ogg", latin(`OggS\0\x02${"\0".repeat(22)}\x7fFLAC\x01\0`), "flac library"],
    [
      "Theora with Vorbis",
      latin(`OggS\0\x02${"\0".repeat(22)}\x80theora${"\0".repeat(40)}OggS${"\0".repeat(24)}\x01vorbis`),
      "vorbis library",
    ],
    ["WebM", latin("\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x84webm"), "matroska ffmpeg"],
    ["AMR-WB", latin("#!AMR-WB\n"), "amr ffmpeg"],
    ["Core Audio", latin("caff\0\x01\0\0desc"), "caf ffmpeg seeks"],
    ["Windows Media", latin("\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9"), "asf ffmpeg"],
    ["a transport stream", latin(`G${"\0".repeat(187)}`.repeat(4)), "mpegts ffmpeg"],
    ["an m2ts stream", latin(`\0\0\0\0G${"\0".repeat(187)}`.repeat(4)), "mpegts ffmpeg"],
    ["AC-3", latin("\x0b\x77\0\0\0\x40"), "ac3 ffmpeg"],
    ["E-AC-3", latin("\x0b\x77\0\0\0\x80"), "eac3 ffmpeg"],
    ["NIST SPHERE", latin("NIST_1A\n   1024\n"), "nistsphere ffmpeg"],
  ];
  for (const [name, bytes, format] of cases) test(name, async () => expect(await formatOf(bytes)).toBe(format));
});

describe("MP4", () => {
  const atom = (name: string, body = "") => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(8 + body.length);
    return Buffer.concat([size, latin(name + body)]);
  };
  const cases: [string, Buffer[], string][] = [
    ["with its index first", [atom("ftyp", "M4A xxxx"), atom("moov", "x"), atom("mdat", "x")], "mov ffmpeg"],
    [
      "with its index last",
      [atom("ftyp", "isomxxxx"), atom("free"), atom("mdat", "x"), atom("moov")],
      "mov ffmpeg seeks",
    ],
    ["in fragments", [atom("ftyp", "iso5xxxx"), atom("moov"), atom("moof"), atom("mdat")], "mov ffmpeg"],
    ["of old QuickTime", [atom("wide"), atom("mdat", "x"), atom("moov")], "mov ffmpeg seeks"],
    [
      "with a long mdat",
      [
        atom("ftyp", "qt  xxxx"),
        Buffer.from([0, 0, 0, 1, 0x6d, 0x64, 0x61, 0x74, 0, 0, 0, 0, 0, 0, 0, 20, 1, 2, 3, 4]),
        atom("moov"),
      ],
      "mov ffmpeg seeks",
    ],
  ];
  for (const [name, atoms, format] of cases)
    test(name, async () => expect(await formatOf(Buffer.concat(atoms))).toBe(format));

  test.each([
    [[atom("ftyp", "isomxxxx"), atom("mdat", "x")]],
    [[atom("ftyp", "isomxxxx")]],
    [[atom("mdat", "x"), Buffer.alloc(100)]],
  ])("without an index is refused", (atoms) =>
    expect(formatOf(Buffer.concat(atoms))).rejects.toMatchObject({
      code: "bad-audio",
      message: expect.stringContaining("without its index (moov)"),
    }),
  );
});

describe("what is no audio is named", () => {
  const cases: [string, Uint8Array, string][] = [
    ["nothing", text(""), "is empty"],
    ["text renamed", text("This is no speech but a text.\n"), "it is a text"],
    ["text in another script", text("これは音声ではありません。".repeat(2000)), "it is a text"],
    ["HTML", text("\n<!DOCTYPE html><html><body>404</body></html>"), "a web page (HTML)"],
    ["JSON", text('{"error": "not found"}'), "a JSON document"],
    ["a playlist", text("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"), "a playlist"],
    ["a data URL", text("data:audio/wav;base64,UklGRg=="), "a data URL"],
    ["ffconcat", text("ffconcat version 1.0\nfile /etc/passwd\n"), "it is a text"],
    ["ZIP", latin("PK\x03\x04\x14\0\0\0"), "a ZIP archive"],
    ["gzip", latin("\x1f\x8b\x08\0"), "a gzip archive"],
    ["PDF", latin("%PDF-1.7\n%\xe2\xe3\xcf\xd3"), "a PDF document"],
    ["PNG", latin("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "a PNG image"],
    ["WebP", latin("RIFF\x24\0\0\0WEBPVP8 "), "a RIFF file without sound"],
    ["MIDI", latin("MThd\0\0\0\x06"), "a MIDI file"],
    ["SILK", latin("\x02#!SILK_V3"), "a SILK voice message"],
    ["zeros", new Uint8Array(5000), "every byte of it is 0"],
    ["noise", Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 7 + 13) % 251), "Headerless PCM can be read when"],
    ["an ID3 tag alone", latin("ID3\x04\0\0\0\0\0\x0a0123456789"), "nothing but a tag"],
    ["one sync word in noise", latin(`\xff\xfb\x90\x64${"\x01\x80\x03".repeat(3000)}`), "is not known"],
  ];
  for (const [name, bytes, words] of cases)
    test(name, () =>
      expect(formatOf(bytes)).rejects.toMatchObject({ code: "bad-audio", message: expect.stringContaining(words) }),
    );
});
