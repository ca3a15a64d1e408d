/** What people send that is no audio: said in a sentence, because a saved error page named `speech.mp3` is the commonest of all. */

const magics: readonly [string, string][] = [
  ["PK\x03\x04", "a ZIP archive (or an Office document)"],
  ["PK\x05\x06", "an empty ZIP archive"],
  ["\x1f\x8b", "a gzip archive"],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip archive"],
  ["Rar!", "a RAR archive"],
  ["BZh", "a bzip2 archive"],
  ["\xfd7zXZ\x00", "an xz archive"],
  ["\x28\xb5\x2f\xfd", "a Zstandard archive"],
  ["%PDF", "a PDF document"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["RIFF", "a RIFF file without sound, such as a WebP image"],
  ["MThd", "a MIDI file, which holds notes and no sound"],
  ["\x7fELF", "a program"],
  ["MZ", "a program"],
  ["\xd0\xcf\x11\xe0", "an old Office document"],
  ["\x02#!SILK", "a SILK voice message, which ffmpeg cannot read either: convert it first"],
  ["#!SILK", "a SILK voice message, which ffmpeg cannot read either: convert it first"],
];

/** A sentence about bytes that are no known format. */
export function whatElse(head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const start = bytes.toString("latin1", 0, 16);
  const known = magics.find(([magic]) => start.startsWith(magic));
  if (known) return `This is no audio: it is ${known[1]}.`;
  const text = readable(bytes);
  if (text !== undefined) return `This is no audio: it is ${describeText(text)}.`;
  if (bytes.every((byte) => byte === bytes[0])) return `This is no audio: every byte of it is ${bytes[0] ?? 0}.`;
  const hex = bytes
    .subarray(0, 8)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
  return `The format is not known (it begins with ${hex}). Headerless PCM can be read when its encoding, rate and channels are given.`;
}

/** The bytes as text, when they are that. */
function readable(bytes: Buffer): string | undefined {
  // The head may end in the middle of a character.
  const text = new TextDecoder("utf-8").decode(bytes).replace(/\ufffd$/, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what binary files have and texts do not
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/.test(text) ? undefined : text;
}

function describeText(text: string): string {
  const start = text.trimStart().slice(0, 200).toLowerCase();
  if (start.startsWith("#extm3u") || start.startsWith("[playlist]")) return "a playlist; send the audio itself";
  if (/^(<!doctype html|<html|<head|<body)/.test(start)) return "a web page (HTML)";
  if (start.startsWith("<?xml") || start.startsWith("<svg") || start.startsWith("<smil")) return "an XML document";
  if (start.startsWith("{") || start.startsWith("[")) return "a JSON document";
  if (/^data:[a-z]+\/[\w.+-]+;base64,/.test(start)) return "a data URL; send the bytes that it encodes";
  return "a text";
}
