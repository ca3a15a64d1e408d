/**
 * Deepgram's libraries as a browser runs them, where a key can only be sent as a subprotocol: `bun deepgram-browser.ts GENERATION URL KEY FILE`
 * prints what the stream said, and how it ended.
 */
import { samplesOf } from "./support.ts";

const [generation = "", url = "", key = "", file = ""] = process.argv.slice(2);
// They look at this when they are loaded, and speak as in Node or Bun otherwise.
Object.defineProperty(process.versions, "bun", { value: undefined });
if (generation === "5") {
  Object.assign(globalThis, { window: { document: {}, navigator: { userAgent: "test" } }, document: {} });
}

const pcm = samplesOf(file);
const asked = { model: "nova-3", encoding: "linear16", sample_rate: 16_000, punctuate: true } as const;

async function speak5(): Promise<void> {
  const { DeepgramClient } = await import("@deepgram/sdk");
  const client = new DeepgramClient({ apiKey: key, baseUrl: url });
  const stream = await client.listen.v1.connect({ ...asked, punctuate: "true", reconnectAttempts: 0 });
  stream.on("message", (message) => console.log(JSON.stringify(message)));
  stream.on("close", (event) => console.log(JSON.stringify({ closed: event.code })));
  stream.connect();
  await stream.waitForOpen();
  stream.sendMedia(pcm);
  stream.sendCloseStream({ type: "CloseStream" });
}

async function speak(): Promise<void> {
  const { createClient, LiveTranscriptionEvents } = await (generation === "3"
    ? import("deepgram-sdk-3")
    : import("deepgram-sdk-4"));
  const stream = createClient(key, { global: { url } }).listen.live(asked);
  stream.on(LiveTranscriptionEvents.Open, () => {
    stream.send(new Uint8Array(pcm).buffer);
    stream.requestClose();
  });
  for (const event of [LiveTranscriptionEvents.Transcript, LiveTranscriptionEvents.Metadata])
    stream.on(event, (message) => console.log(JSON.stringify(message)));
  stream.on(LiveTranscriptionEvents.Error, (error) => console.log(JSON.stringify({ error: error.message })));
  stream.on(LiveTranscriptionEvents.Close, ({ code }) => console.log(JSON.stringify({ closed: code })));
}

await (generation === "5" ? speak5() : speak());
