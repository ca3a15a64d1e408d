/** Deepgram's streams of turns against the real server with real speech. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { clip } from "../data.ts";
import { LiveClient } from "./live-client.ts";
import { plainWords, samplesOf, startTestServer, type TestServer } from "./support.ts";

setDefaultTimeout(60_000);

const speech = clip("containers_jfk/jfk.wav");
const pcm = samplesOf(speech.file);
const silence = (seconds: number) => new Uint8Array(2 * Math.round(seconds * 16_000));
const phrase = pcm.subarray(0, 2.6 * 32_000);
const said = "and so my fellow americans";
const CLOSE = { type: "CloseStream" };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (more = "", model = "flux-general-en") =>
  new LiveClient(`${server.url}/v2/listen?model=${model}&encoding=linear16&sample_rate=16000${more}`).open();

describe("turns", () => {
  test("are told from their first words to their end, on one clock, and counted", async () => {
    const client = await open();
    await client.speak(Buffer.concat([silence(1), phrase, silence(2), phrase, silence(2)]), { rate: 2 * 32_000 });
    await client.hear(({ event, turn_index }) => event === "EndOfTurn" && turn_index === 1);
    client.tell(CLOSE);
    expect((await client.closed).code).toBe(1005);

    expect(client.told[0]).toMatchObject({ type: "Connected", sequence_id: 0 });
    expect(client.told.map(({ sequence_id }) => sequence_id)).toEqual(client.told.map((_, i) => i));
    expect(client.told.map(({ type }) => type)).not.toContain("Metadata");
    for (const index of [0, 1]) {
      const turn = client.turns.filter(({ turn_index }) => turn_index === index);
      const events = turn.map(({ event }) => event);
      expect(events.filter((event) => event === "StartOfTurn" || event === "EndOfTurn")).toEqual([
        "StartOfTurn",
        "EndOfTurn",
      ]);
      expect(turn.find(({ transcript }) => transcript !== "")?.event).toBe("StartOfTurn");
      expect(turn.at(-1)).toMatchObject({ event: "EndOfTurn", trigger: "model" });
      expect(plainWords(turn.at(-1)?.transcript ?? "")).toBe(said);
      expect(turn.at(-1)?.end_of_turn_confidence).toBeGreaterThanOrEqual(0.7);
      for (const { audio_window_start } of turn) expect(audio_window_start).toBe(turn[0]?.audio_window_start as number);
      const ends = turn.map(({ audio_window_end }) => audio_window_end);
      expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    }
    const first = client.turns.find(({ event }) => event === "EndOfTurn");
    expect(client.turns.find(({ turn_index }) => turn_index === 1)?.audio_window_start).toBe(
      first?.audio_window_end as number,
    );
  });

  test("are told eagerly to be over, with the words that they end with", async () => {
    const client = await open("&eager_eot_threshold=0.4&eot_threshold=1&eot_timeout_ms=60000");
    const eagers = () => client.turns.filter(({ event }) => event === "EagerEndOfTurn");
    /** Silence until it is told so often that the turn is probably over. */
    const waitFor = async (count: number) => {
      while (eagers().length < count && !client.isClosed) await client.speak(silence(0.1), { rate: 32_000 });
    };
    await client.speak(phrase);
    await waitFor(1);
    expect(plainWords(eagers()[0]?.transcript ?? "")).toBe(said);
    await client.speak(pcm.subarray(phrase.length));
    await client.hear(({ event }) => event === "TurnResumed");
    await waitFor(2);
    client.tell({ type: "Configure", thresholds: { eot_threshold: 0.5 } });
    await client.speak(silence(1));
    const end = await client.hear(({ event }) => event === "EndOfTurn");
    expect(end.transcript).toBe(eagers().at(-1)?.transcript as string);
    expect(plainWords(end.transcript as string)).toEndWith("ask what you can do for your country");
    for (const { transcript } of eagers()) expect(transcript).not.toBe("");
    client.leave(1000);
  });

  test("end at the latest when their time is over", async () => {
    const client = await open("&eot_threshold=1&eot_timeout_ms=500");
    await client.speak(Buffer.concat([phrase, silence(1.5)]));
    expect(await client.hear(({ event }) => event === "EndOfTurn")).toMatchObject({ trigger: "timeout" });
    client.leave();
  });

  test("end when the client says so, with words or without", async () => {
    const client = await open();
    client.tell({ type: "ForceEndTurn" });
    expect(await client.hear(({ event }) => event === "EndOfTurn")).toMatchObject({
      trigger: "manual",
      transcript: "",
    });
    await client.speak(phrase);
    client.tell({ type: "ForceEndTurn" });
    const end = await client.hear(({ event, turn_index }) => event === "EndOfTurn" && turn_index === 1);
    expect(end.trigger).toBe("manual");
    expect(plainWords(end.transcript as string)).toBe(said);
    client.leave(1000);
  });

  test("that are open when the stream is closed have their words, and no end", async () => {
    const client = await open();
    await client.speak(phrase);
    client.tell(CLOSE);
    expect((await client.closed).code).toBe(1005);
    expect(plainWords(client.turns.at(-1)?.transcript ?? "")).toBe(said);
    expect(client.turns.map(({ event }) => event)).not.toContain("EndOfTurn");
  });

  test("say their languages where there may be several", async () => {
    const client = await open("&language_hint=en&language_hint=de", "flux-general-multi");
    await client.speak(Buffer.concat([phrase, silence(2)]));
    const end = await client.hear(({ event }) => event === "EndOfTurn");
    expect(end).toMatchObject({ languages: ["en"], languages_hinted: ["en", "de"] });
    client.leave(1000);
  });
});

describe("a message", () => {
  test("changes thresholds and terms, or says that it cannot", async () => {
    const client = await open();
    const thresholds = { eot_threshold: 0.8, eager_eot_threshold: 0.5, eot_timeout_ms: 3000 };
    client.tell({ type: "Configure", thresholds, keyterms: ["Americans"] });
    expect(await client.hear(({ type }) => type === "ConfigureSuccess")).toMatchObject({
      thresholds,
      keyterms: ["Americans"],
      sequence_id: 1,
    });
    client.tell({ type: "Configure", thresholds: { eot_threshold: 0.1 } });
    expect(await client.hear(({ type }) => type === "ConfigureFailure")).toMatchObject({ sequence_id: 2 });
    client.tell({ type: "Configure", keyterms: Array.from({ length: 600 }, (_, i) => `term${i}`) });
    await client.hear(({ type, sequence_id }) => type === "ConfigureFailure" && sequence_id === 3);
    await client.speak(Buffer.concat([phrase, silence(3)]));
    const end = await client.hear(({ event }) => event === "EndOfTurn");
    expect(plainWords(end.transcript as string)).toBe(said);
    client.leave(1000);
  });

  test.each([[{ type: "KeepAlive" }], [{ type: "Finalize" }], ["no JSON"]])(
    "%p is an error, and the end",
    async (message) => {
      const client = await open();
      await client.speak(phrase);
      client.tell(message);
      expect((await client.closed).code).toBe(1011);
      expect(client.told.at(-1)).toMatchObject({ type: "Error", code: "UNPARSABLE_CLIENT_MESSAGE" });
    },
  );

  test("that does not come is an error, too, after what was said", async () => {
    await using brief = await startTestServer({ VERBATIM_DEEPGRAM_IDLE_TIMEOUT: "500ms" });
    const query = "model=flux-general-en&encoding=linear16&sample_rate=16000";
    const client = await new LiveClient(`${brief.url}/v2/listen?${query}`).open();
    await client.speak(phrase);
    expect((await client.closed).code).toBe(1011);
    expect(plainWords(client.turns.at(-1)?.transcript ?? "")).toBe(said);
    expect(client.told.at(-1)).toMatchObject({ type: "Error", code: "INACTIVE_CLIENT" });
  });

  test("of what is no audio ends the stream", async () => {
    const client = await new LiveClient(`${server.url}/v2/listen?model=flux-general-en`).open();
    await client.speak(new Uint8Array(40_000).map((_, i) => (i * 7919) % 251));
    expect((await client.closed).code).toBe(1008);
    expect(client.told.at(-1)).toMatchObject({ type: "Error" });
  });
});
