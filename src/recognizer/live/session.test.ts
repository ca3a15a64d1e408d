import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { pcmOf, sentences, wordsOf } from "../../engine/testing.ts";
import type { VerbatimError } from "../../error.ts";
import {
  join16k,
  openTestRecognizer,
  rawSource,
  recording,
  type TestRecognizer,
  transcribeAll,
  wordErrorRate,
} from "../testing.ts";
import { listen, speak, speakSlowly } from "./testing.ts";

let test16k: TestRecognizer;
beforeAll(async () => {
  test16k = await openTestRecognizer();
  // Partials are counted in time: none of it is to be that of loading.
  await test16k.engines.facts(test16k.model);
});
afterAll(() => test16k[Symbol.asyncDispose]());

const path = sentences[2] as string;
const other = sentences[3] as string;
const jfk = "containers_jfk/jfk.wav";
const { reference } = recording(path);
const otherReference = recording(other).reference;

describe("speech", () => {
  test("becomes events in order", async () => {
    const heard = listen(test16k, { interim: 200, heardEvery: 32 });
    await speakSlowly(test16k, heard, join16k(0.5, pcmOf(path), 1.5));
    const final = await heard.next("final");
    await heard.session.close();
    await heard.over;
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
    const types = heard.events.map(({ type }) => type).filter((type) => type !== "heard");
    expect(types[0]).toBe("speech-started");
    expect(types.at(-1)).toBe("closed");
    expect(heard.of("partial").length).toBeGreaterThan(0);
    expect(types.lastIndexOf("partial")).toBeLessThan(types.indexOf("final"));
    expect(heard.of("final").length).toBe(1);
    expect(final).toMatchObject({ reason: "endpoint", endsUtterance: true, channel: 0, language: "en" });
    expect(heard.of("closed")).toMatchObject([{ reason: "closed" }]);
    const sequence = heard.events.map((event) => event.sequence);
    expect(sequence).toEqual(sequence.toSorted((a, b) => a - b));
  });

  test("has words at their places in the session's time", async () => {
    const heard = listen(test16k, { interim: false });
    const pcm = pcmOf(path);
    heard.session.push([join16k(3, pcm, 1)]);
    const { words, from, to } = await heard.next("final");
    await heard.session.close();
    expect(from).toBeGreaterThan(2.5);
    expect(to).toBeLessThan(4 + pcm.length / SAMPLE_RATE);
    let last = from - 0.1;
    for (const word of words) {
      expect(word.from).toBeGreaterThanOrEqual(last);
      expect(word.to).toBeLessThanOrEqual(to + 0.1);
      last = word.from;
    }
    expect(heard.of("partial")).toEqual([]);
  });

  test("keeps the words that were shown as settled", async () => {
    const heard = listen(test16k, { interim: 200, heardEvery: 32 });
    await speakSlowly(test16k, heard, join16k(pcmOf(jfk), 1.5));
    await heard.session.close();
    await heard.over;
    let settled: string[] = [];
    let count = 0;
    for (const event of heard.events) {
      if (event.type === "partial") {
        const texts = event.words.map(({ text }) => text);
        expect(texts.slice(0, settled.length)).toEqual(settled);
        settled = texts.slice(0, event.settled);
        count += event.settled;
      } else if (event.type === "final") {
        const said = wordsOf(event.words.map(({ text }) => text).join(" "));
        expect(said.startsWith(wordsOf(settled.join(" ")))).toBe(true);
        settled = [];
      }
    }
    expect(count).toBeGreaterThan(0);
    expect(wordsOf(heard.text)).toContain("ask what you can do for your country");
  }, 60_000);

  test("that pauses voids what was expected, and that goes on is one utterance", async () => {
    const heard = listen(test16k, { endpointing: 4000, interim: false });
    heard.session.push([join16k(pcmOf(path), 1)]);
    const likely = await heard.next("endpoint-likely");
    expect(wordErrorRate(reference, likely.text)).toBeLessThan(0.1);
    expect(likely.confidence).toBeGreaterThan(0.5);
    heard.session.push([join16k(pcmOf(other), 0.1)]);
    await heard.next("speech-resumed");
    await heard.session.close();
    expect(heard.of("speech-started").length).toBe(1);
    expect(heard.of("speech-ended").length).toBe(1);
    expect(wordErrorRate(`${reference} ${otherReference}`, heard.text)).toBeLessThan(0.1);
  });

  test("without a pause is cut, and loses no word", async () => {
    const heard = listen(test16k, { maxUtterance: 4, endpointing: 2000, interim: false });
    heard.session.push([pcmOf(jfk)]);
    await heard.session.close();
    await heard.over;
    const finals = heard.of("final");
    expect(finals.filter(({ reason, endsUtterance }) => reason === "length" && !endsUtterance).length).toBeGreaterThan(
      1,
    );
    for (const { from, to } of finals) expect(to - from).toBeLessThanOrEqual(4);
    for (const [i, { from }] of finals.entries()) expect(from).toBeGreaterThanOrEqual(finals[i - 1]?.to ?? 0);
    expect(wordErrorRate(recording(jfk).reference, heard.text)).toBeLessThan(0.15);
  });

  test("pushed at once gives an utterance each, and the words that a file gives", async () => {
    const heard = listen(test16k);
    const paths = [sentences[1], sentences[2], sentences[3], sentences[4]] as string[];
    const whole = join16k(...paths.flatMap((one) => [pcmOf(one), 1]));
    heard.session.push([whole]);
    await heard.session.close();
    await heard.over;
    expect(heard.of("final").length).toBeGreaterThanOrEqual(paths.length);
    const references = paths.map((one) => recording(one).reference).join(" ");
    const { source, raw } = rawSource(whole);
    const file = await transcribeAll(test16k, source, { raw });
    expect(wordErrorRate(references, heard.text)).toBeLessThan(wordErrorRate(references, file.text) + 0.05);
  }, 20_000);

  test("is not taken for nothing after words with which the model thinks that all is said", async () => {
    const heard = listen(test16k, { interim: false });
    heard.session.push([join16k(pcmOf(jfk), 0.9, pcmOf("alphanumeric/b_evmaki_nohash_0.flac"), 0.5)]);
    await heard.session.close();
    expect(wordsOf(heard.of("final").at(-1)?.text ?? "")).toMatch(/^(b|be|bee)$/);
  });

  test("that says the same again and again is told as often", async () => {
    const heard = listen(test16k, { interim: false });
    heard.session.push([join16k(...Array.from({ length: 6 }, () => [pcmOf(path), 0.25]).flat())]);
    await heard.session.close();
    expect(wordErrorRate(Array(6).fill(reference).join(" "), heard.text)).toBeLessThan(0.05);
  }, 30_000);

  test("of two channels is told apart on one clock", async () => {
    const heard = listen(test16k, { channels: 2, interim: false });
    const left = join16k(pcmOf(path), 4, 6);
    const right = join16k(4, pcmOf(other), 6);
    const length = Math.min(left.length, right.length);
    heard.session.push([left.slice(0, length), right.slice(0, length)]);
    await heard.session.close();
    await heard.over;
    const of = (channel: number) => heard.of("final").filter((final) => final.channel === channel);
    const text = (channel: number) =>
      of(channel)
        .map((final) => final.text)
        .join("");
    expect(wordErrorRate(reference, text(0))).toBeLessThan(0.1);
    expect(wordErrorRate(otherReference, text(1))).toBeLessThan(0.1);
    expect(of(1)[0]?.words[0]?.from).toBeGreaterThan(3.8);
  });

  test("comes as raw bytes cut anywhere", async () => {
    const heard = listen(test16k, { raw: { encoding: "linear16", rate: SAMPLE_RATE, channels: 1 }, interim: false });
    const samples = Int16Array.from(join16k(pcmOf(path), 1), (sample) => Math.round(sample * 32_767));
    const bytes = new Uint8Array(samples.buffer);
    for (let at = 0; at < bytes.length; at += 777) heard.session.pushRaw(bytes.slice(at, at + 777));
    await heard.session.close();
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
  });
});

describe("from outside", () => {
  test("finalize gives what was said so far, and nothing twice", async () => {
    const heard = listen(test16k, { endpointing: "manual", interim: false });
    heard.session.push([pcmOf(path)]);
    heard.session.finalize();
    heard.session.push([pcmOf(other)]);
    heard.session.finalize();
    await heard.next("final", 1);
    await heard.session.close();
    const [first, second] = heard.of("final");
    expect(first?.reason).toBe("finalize");
    expect(wordErrorRate(reference, first?.text ?? "")).toBeLessThan(0.1);
    expect(wordErrorRate(otherReference, second?.text ?? "")).toBeLessThan(0.15);
  });

  test("every finalize is answered once", async () => {
    const heard = listen(test16k, { interim: false });
    heard.session.push([pcmOf(path)]);
    for (let i = 0; i < 100; i++) heard.session.finalize();
    await heard.session.close();
    await heard.over;
    const finals = heard.of("final");
    expect(finals.filter(({ reason }) => reason === "finalize").length).toBe(100);
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
  });

  test("discard forgets what is open, and not what was final", async () => {
    const heard = listen(test16k, { endpointing: "manual", interim: false });
    heard.session.push([pcmOf(path)]);
    heard.session.finalize();
    heard.session.push([pcmOf(sentences[0] as string)]);
    heard.session.discard();
    heard.session.push([join16k(0.5, pcmOf(other))]);
    await heard.session.close();
    await heard.over;
    expect(wordErrorRate(`${reference} ${otherReference}`, heard.text)).toBeLessThan(0.1);
    expect(heard.of("speech-ended").map(({ isDiscarded }) => isDiscarded)).toEqual([false, true, false]);
  });

  test("a finalize and a discard are told at their place in the audio, before what they cause", async () => {
    const heard = listen(test16k, { endpointing: "manual", interim: false });
    heard.session.discard();
    const pcm = pcmOf(path);
    heard.session.push([pcm]);
    heard.session.finalize();
    heard.session.finalize();
    heard.session.push([pcm]);
    heard.session.discard();
    await heard.session.close();
    await heard.over;
    const to = pcm.length / SAMPLE_RATE;
    const reached = heard.events.flatMap((event) =>
      event.type === "finalized" || event.type === "discarded" ? [`${event.type} ${event.utterance} ${event.to}`] : [],
    );
    expect(reached).toEqual(["discarded -1 0", `finalized 0 ${to}`, `finalized 1 ${to}`, `discarded 2 ${2 * to}`]);
    const types = heard.events.map(({ type }) => type).filter((type) => type !== "final");
    expect(types).toEqual([
      "discarded",
      "speech-started",
      "finalized",
      "speech-ended",
      "finalized",
      "speech-started",
      "discarded",
      "speech-ended",
      "closed",
    ]);
  });

  test("configure changes endpointing in flight", async () => {
    const heard = listen(test16k, { endpointing: "manual", interim: false });
    heard.session.push([join16k(pcmOf(path), 2)]);
    heard.session.configure({ endpointing: 300 });
    heard.session.push([join16k(0.5)]);
    expect((await heard.next("final")).reason).toBe("endpoint");
    await heard.session.close();
  });

  test("configure changes the encoding, the rules of speech and the pre-roll", async () => {
    const rate = 8000;
    const heard = listen(test16k, {
      raw: { encoding: "linear16", rate: SAMPLE_RATE, channels: 1 },
      vad: { threshold: 0.99 },
      preRoll: 0,
      interim: false,
    });
    const bytes = (pcm: Float32Array) => new Uint8Array(Int16Array.from(pcm, (one) => Math.round(one * 32_767)).buffer);
    const pcm = pcmOf(path);
    heard.session.pushRaw(bytes(new Float32Array(SAMPLE_RATE)));
    heard.session.configure({ raw: { encoding: "linear16", rate, channels: 1 }, vad: undefined, preRoll: 300 });
    heard.session.pushRaw(bytes(pcm.filter((_, i) => i % 2 === 0)));
    heard.session.pushRaw(bytes(new Float32Array(rate)));
    const { from, to } = await heard.next("final");
    await heard.session.close();
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.2);
    const started = heard.of("speech-started")[0];
    expect(started?.heldFrom).toBe(from);
    expect((started?.from ?? 0) - from).toBeCloseTo(0.32, 2);
    expect(to).toBeLessThan(2 + pcm.length / SAMPLE_RATE);
  });

  test("an utterance has a number, and its end is told by what ended it", async () => {
    const heard = listen(test16k, { interim: 200, endpointing: 512 });
    await speak(heard, 4, join16k(pcmOf(path), 1));
    heard.session.finalize();
    await speak(heard, 4, join16k(pcmOf(other), 1));
    await heard.session.close();
    await heard.over;
    expect(heard.of("speech-started").map(({ utterance }) => utterance)).toEqual([0, 2]);
    expect(heard.of("final").map(({ utterance, reason }) => [utterance, reason])).toEqual([
      [0, "endpoint"],
      [1, "finalize"],
      [2, "endpoint"],
    ]);
    for (const { utterance, to, spokenTo, endpointAt, isDiscarded } of heard.of("speech-ended")) {
      expect(isDiscarded).toBe(false);
      expect(endpointAt - spokenTo).toBeCloseTo(0.512, 3);
      expect(to - spokenTo).toBeCloseTo(0.16, 3);
      const said = heard.of("final").find((final) => final.utterance === utterance);
      expect(said?.to).toBe(to);
    }
    for (const { words, tokens, from, to } of heard.of("partial")) {
      expect(to).toBeGreaterThan(from);
      expect(
        tokens.map((one) =>
          Buffer.concat(one.map(({ bytes }) => bytes))
            .toString()
            .trim(),
        ),
      ).toEqual(words.map(({ text }) => text));
    }
  });

  test("a short endpointing has its final begun sooner", async () => {
    const heard = listen(test16k, { interim: false, endpointing: 200 });
    heard.session.push([join16k(pcmOf(path), 1)]);
    await heard.session.close();
    const [{ to = 0, spokenTo = 0 } = {}] = heard.of("speech-ended");
    expect(to - spokenTo).toBeCloseTo(0.064, 3);
    expect(wordErrorRate(reference, heard.text)).toBeLessThan(0.1);
  });

  test("a session says how far it has listened, in silence too", async () => {
    const heard = listen(test16k, { interim: false, heardEvery: 256 });
    await speak(heard, 4, join16k(1, pcmOf(path), 1));
    await heard.session.close();
    await heard.over;
    const at = heard.of("heard");
    for (const [i, { to }] of at.entries()) if (i > 0) expect(to - (at[i - 1]?.to ?? 0)).toBeCloseTo(0.256, 6);
    expect(at[0]?.silence).toBe(at[0]?.to ?? -1);
    expect(at.filter(({ silence }) => silence === 0).length).toBeGreaterThan(3);
    const end = heard.of("speech-ended")[0]?.spokenTo ?? 0;
    expect(at.at(-1)?.silence).toBeCloseTo((at.at(-1)?.to ?? 0) - end, 6);
  });

  test("without endpoints a gap ends the utterance before it is told", async () => {
    const heard = listen(test16k, { endpointing: "manual", utteranceEnd: 1000, interim: 300 });
    heard.session.push([join16k(pcmOf(path), 2)]);
    expect((await heard.next("final")).reason).toBe("gap");
    heard.session.push([join16k(1)]);
    await heard.next("utterance-ended");
    await heard.session.close();
    await heard.over;
    const types = heard.events.map(({ type }) => type).filter((type) => type !== "partial");
    expect(types).toEqual(["speech-started", "speech-ended", "final", "utterance-ended", "closed"]);
  });

  test("an utterance ends when there was no word for long enough", async () => {
    const heard = listen(test16k, { utteranceEnd: 1000, interim: false });
    heard.session.push([join16k(pcmOf(path), 0.4)]);
    const final = await heard.next("final");
    expect(heard.of("utterance-ended")).toEqual([]);
    heard.session.push([join16k(1)]);
    expect((await heard.next("utterance-ended")).to).toBe(final.words.at(-1)?.to as number);
    heard.session.push([join16k(3)]);
    await heard.session.close();
    expect(heard.of("utterance-ended").length).toBe(1);
  });

  test("a guess that is behind the speech ends no utterance", async () => {
    const heard = listen(test16k, { utteranceEnd: 1000, interim: 200, endpointing: 2000 });
    const pcm = pcmOf(jfk);
    heard.session.push([pcm.slice(0, 2 * SAMPLE_RATE)]);
    await heard.next("partial");
    // All of it is heard long before it is decoded, the pauses between the words too.
    heard.session.push([join16k(pcm.slice(2 * SAMPLE_RATE), 4)]);
    const { to } = await heard.next("utterance-ended");
    expect(to).toBe(heard.of("final").at(-1)?.words.at(-1)?.to as number);
    expect(wordsOf(heard.text)).toEndWith("do for your country");
    await heard.session.close();
    await heard.over;
    expect(heard.of("utterance-ended").length).toBe(1);
  });

  test("every utterance after which there is silence ends, also where the next one is heard before it is decoded", async () => {
    const heard = listen(test16k, { utteranceEnd: 1000, interim: false });
    heard.session.push([join16k(pcmOf(path), 1.7, pcmOf(other), 0.5)]);
    await heard.next("final", 1);
    const last = (index: number) => heard.of("final")[index]?.words.at(-1)?.to as number;
    expect(heard.of("utterance-ended").map(({ to }) => to)).toEqual([last(0)]);
    heard.session.push([join16k(1)]);
    expect((await heard.next("utterance-ended", 1)).to).toBe(last(heard.of("final").length - 1));
    await heard.session.close();
  });

  test("without endpoints a pause has its final begun, too, and finalize is answered from it", async () => {
    const heard = listen(test16k, { endpointing: "manual", interim: false });
    heard.session.push([join16k(pcmOf(path), 1)]);
    const { text } = await heard.next("endpoint-likely");
    expect(wordErrorRate(reference, text)).toBeLessThan(0.1);
    const decodes = () =>
      Number(/^stt_inference_seconds_count\{.*lane="final".*\} (\d+)$/m.exec(test16k.metrics.text())?.[1]);
    const before = decodes();
    heard.session.push([new Float32Array(20 * SAMPLE_RATE)]);
    heard.session.finalize();
    expect((await heard.next("final")).text).toBe(text);
    expect(decodes()).toBe(before);
    heard.session.push([pcmOf(path)]);
    await heard.session.close();
    expect(heard.of("endpoint-likely").length).toBe(1);
  });

  test("what cannot be is refused", () => {
    const refused = (options: object) => {
      try {
        listen(test16k, options);
      } catch (thrown) {
        return (thrown as VerbatimError).code;
      }
      return undefined;
    };
    expect(refused({ endpointing: -1 })).toBe("bad-parameter");
    expect(refused({ maxUtterance: 31 })).toBe("bad-parameter");
    expect(refused({ endpointing: Number.NaN })).toBe("bad-parameter");
    expect(refused({ channels: 0 })).toBe("bad-parameter");
    expect(refused({ language: "klingon" })).toBe("bad-parameter");
    expect(refused({ raw: { encoding: "linear16", rate: 12, channels: 1 } })).toBe("bad-parameter");
  });
});
