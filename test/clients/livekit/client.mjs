/**
 * LiveKit's agents hear a recording through their plugin for Deepgram: `node client.mjs URL KEY FILE` prints what they got, as lines of JSON.
 * The file holds 16-bit mono at 16 kHz.
 */
import { readFileSync } from "node:fs";
import { initializeLogger, stt } from "@livekit/agents";
import { STT, STTv2 } from "@livekit/agents-plugin-deepgram";
import { AudioFrame } from "@livekit/rtc-node";

const RATE = 16_000;
const PIECE = RATE / 50;

const [url, apiKey, file] = process.argv.slice(2);
const sockets = url.replace("http", "ws");
initializeLogger({ pretty: false, level: "silent" });

const tell = (what, facts) => console.log(JSON.stringify({ what, ...facts }));
const names = Object.fromEntries(Object.entries(stt.SpeechEventType).map(([name, value]) => [value, name]));

const wav = readFileSync(file);
const at = wav.indexOf("data") + 8;
const speech = new Int16Array(wav.buffer.slice(wav.byteOffset + at, wav.byteOffset + wav.length - (wav.length % 2)));
const samples = new Int16Array(speech.length + 2 * RATE);
samples.set(speech);

/**
 * Speaks at the pace at which it was spoken, and tells every event until the stream is over. The input ends when the last speech has been
 * told to have ended: whoever ends it sooner gets one more message and no other.
 */
async function speak(what, recognizer) {
  const stream = recognizer.stream();
  let text = "";
  let resolve;
  const heardOut = new Promise((heard) => {
    resolve = heard;
  });
  const hearing = (async () => {
    for await (const { type, alternatives } of stream) {
      const event = names[type];
      tell(what, { event, text: alternatives?.[0].text, words: alternatives?.[0].words?.length });
      if (event === "FINAL_TRANSCRIPT") text += alternatives[0].text;
      if (event === "END_OF_SPEECH" && text.includes("you can do for your country")) resolve();
    }
  })();
  const began = performance.now();
  for (let from = 0; from < samples.length; from += PIECE) {
    const wait = began + (1000 * from) / RATE - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const piece = samples.slice(from, from + PIECE);
    stream.pushFrame(new AudioFrame(piece, RATE, 1, piece.length));
  }
  await heardOut;
  stream.endInput();
  await hearing;
  tell(what, { event: "END_OF_STREAM" });
}

async function refusal(what, act) {
  try {
    await act();
    tell(what, { event: "ACCEPTED" });
  } catch (error) {
    tell(what, { event: "REFUSED", status: error.statusCode, message: error.message });
  }
}

/** A turn ends so late that it can be said before that it will: how soon the words are known is the machine's affair. */
const turns = { eotThreshold: 1, eotTimeoutMs: 1500 };

const whole = new AudioFrame(speech, RATE, 1, speech.length);
const { alternatives } = await new STT({ apiKey, baseUrl: url }).recognize(whole);
tell("recording", { event: "FINAL_TRANSCRIPT", text: alternatives[0].text, words: alternatives[0].words.length });

await Promise.all([
  speak("stream", new STT({ apiKey, baseUrl: sockets, endpointing: 300 })),
  speak("turns", new STTv2({ apiKey, endpointUrl: `${sockets}/v2/listen`, eagerEotThreshold: 0.4, ...turns })),
]);

await refusal("wrong key of a recording", () => new STT({ apiKey: "wrong", baseUrl: url })._recognize(whole));
await refusal("wrong key of a stream", async () => {
  const recognizer = new STT({ apiKey: "wrong", baseUrl: sockets });
  const failed = new Promise((_, reject) => recognizer.on("error", ({ error }) => reject(error)));
  const stream = recognizer.stream({ connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: 10_000 } });
  await Promise.race([
    failed,
    (async () => {
      for await (const _ of stream);
    })(),
  ]);
});
process.exit(0);
