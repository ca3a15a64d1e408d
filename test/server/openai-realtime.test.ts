/** OpenAI's Realtime protocol over real sockets, with real speech. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { wordErrorRate } from "../../src/recognizer/testing.ts";
import { clip } from "../data.ts";
import { dial, pcmAt, type RealtimeClient, silence, toAlaw } from "./realtime-support.ts";
import { plainWords, samplesOf, startTestServer, type TestServer, until } from "./support.ts";

const speech = clip("containers_jfk/jfk.wav");
const reference = plainWords(speech.transcript ?? "");
const pcm24k = pcmAt(24_000, speech.file);
const apiKey = "sk-key-of-the-realtime-test";
const headers = { authorization: `Bearer ${apiKey}` };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VERBATIM_API_KEYS: apiKey });
});
afterAll(() => server[Symbol.asyncDispose]());

const connect = (query = "?intent=transcription", options: Bun.WebSocketOptions = { headers }) =>
  dial(`${server.url}/v1/realtime${query}`, options);
const update = (input: object) => ({ type: "session.update", session: { type: "transcription", audio: { input } } });
const commit = { type: "input_audio_buffer.commit" };
const COMPLETED = "conversation.item.input_audio_transcription.completed";

/** A socket whose client commits by itself. */
async function manual(input: object = {}, client = connect()): Promise<RealtimeClient> {
  client.send(update({ transcription: { model: "whisper-1", language: "en" }, turn_detection: null, ...input }));
  await client.next("session.updated");
  return client;
}

const deltas = ({ said }: RealtimeClient, id: string) =>
  said.filter((event) => event.type.endsWith(".delta") && event.item_id === id).map(({ delta }) => delta);

describe("what the client commits", () => {
  test("runs through all events under one id", async () => {
    const client = connect();
    const { session } = await client.next("session.created");
    expect(session).toMatchObject({ type: "transcription", object: "realtime.transcription_session", include: null });
    expect(session.expires_at).toBeGreaterThan(Date.now() / 1000);
    await manual({}, client);
    expect(client.said[1].session).toEqual({
      ...session,
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          transcription: { model: "whisper-1", language: "en", prompt: null },
          noise_reduction: null,
          turn_detection: null,
        },
      },
    });
    await client.append(pcm24k);
    client.send(commit);
    const { item_id, transcript, usage, content_index } = await client.next(COMPLETED);
    expect(client.order).toEqual([
      "session.created",
      "session.updated",
      "input_audio_buffer.committed",
      "item.added",
      "item.done",
      "input_audio_transcription.delta",
      "input_audio_transcription.completed",
    ]);
    expect(plainWords(transcript)).toBe(reference);
    expect(deltas(client, item_id).join("")).toBe(transcript);
    expect([usage, content_index]).toEqual([{ type: "duration", seconds: 11 }, 0]);
    expect(new Set(client.said.map(({ event_id }) => event_id)).size).toBe(client.said.length);
    expect(client.said.find(({ type }) => type.endsWith("committed"))).toMatchObject({
      item_id,
      previous_item_id: null,
    });

    // Silence is an item too, and the ones before it are known.
    await client.append(silence(0.5));
    client.send(commit);
    const second = await client.next(COMPLETED);
    expect(second).toMatchObject({ transcript: "", usage: { type: "duration", seconds: 1 } });
    expect(deltas(client, second.item_id)).toEqual([]);
    expect(client.said.filter(({ type }) => type.endsWith("committed"))[1].previous_item_id).toBe(item_id);
    client.socket.close();
  });

  test("may be in any encoding, cut anywhere", async () => {
    const phone = clip("derived/phone_mulaw_1688-142285-0003.wav");
    const cases: [object | string, Uint8Array, string][] = [
      [{ type: "audio/pcm", rate: 16_000 }, pcmAt(16_000, speech.file), reference],
      [{ type: "audio/pcm", rate: 48_000 }, pcmAt(48_000, speech.file), reference],
      [{ type: "audio/pcm", rate: 8000 }, pcmAt(8000, speech.file), reference],
      ["g711_alaw", toAlaw(pcmAt(8000, speech.file)), reference],
      [{ type: "audio/pcmu" }, samplesOf(phone.file), plainWords(phone.transcript ?? "")],
    ];
    const all = cases.map(async ([format, audio, said]) => {
      const client = await manual({ format });
      // An odd number of bytes cuts samples in two.
      await client.append(audio, { bytes: 4801 });
      client.send(commit);
      const { transcript } = await client.next(COMPLETED);
      client.socket.close();
      expect(wordErrorRate(said, plainWords(transcript))).toBeLessThan(0.12);
    });
    await Promise.all(all);
  });

  test("may change its encoding on the way", async () => {
    const client = await manual({ format: { type: "audio/pcm", rate: 8000 } });
    const slow = pcmAt(8000, speech.file);
    const half = 4 * 8000 * 2;
    await client.append(slow.subarray(0, half));
    client.send(update({ format: { type: "audio/pcm", rate: 24_000 } }));
    await client.append(pcm24k.subarray(half * 3));
    client.send(commit);
    expect(wordErrorRate(reference, plainWords((await client.next(COMPLETED)).transcript))).toBeLessThan(0.12);
    client.socket.close();
  });

  test("may be a long recording, sent at once", async () => {
    const client = await manual();
    // More than a session holds that is not decoded, before the speech and after it.
    await client.append(Buffer.concat([silence(400), pcm24k, silence(400)]), { bytes: 15 << 20 });
    client.send(commit);
    const { transcript, usage } = await client.next(COMPLETED);
    expect(wordErrorRate(reference, plainWords(transcript))).toBeLessThan(0.12);
    expect(usage.seconds).toBe(811);
    client.socket.close();
  });

  test("is gone when it is cleared", async () => {
    const client = await manual();
    await client.append(pcm24k.subarray(0, 6 * 48_000));
    client.send({ type: "input_audio_buffer.clear" });
    await client.next("input_audio_buffer.cleared");
    client.send(commit);
    expect((await client.next("error")).error.code).toBe("input_audio_buffer_commit_empty");
    await client.append(pcm24k.subarray(8 * 48_000));
    client.send(commit);
    const { transcript, usage } = await client.next(COMPLETED);
    expect(plainWords(transcript)).toContain("you can do for your country");
    expect(transcript).not.toContain("Americans");
    expect(usage.seconds).toBe(3);
    client.socket.close();
  });

  test("comes with log-probabilities where they are asked for", async () => {
    const client = await manual();
    client.send({ type: "session.update", session: { include: ["item.input_audio_transcription.logprobs"] } });
    expect((await client.next("session.updated")).session.include).toEqual(["item.input_audio_transcription.logprobs"]);
    await client.append(pcm24k);
    client.send(commit);
    const { transcript, logprobs } = await client.next(COMPLETED);
    expect(
      Buffer.concat(logprobs.map(({ bytes }: { bytes: number[] }) => Buffer.from(bytes)))
        .toString()
        .trim(),
    ).toBe(transcript);
    for (const { logprob } of logprobs) expect(logprob).toBeLessThanOrEqual(0);
    const told = client.said.filter(({ type }) => type.endsWith(".delta")).flatMap((event) => event.logprobs);
    expect(told).toEqual(logprobs);
    client.socket.close();
  });

  test("is told while it is spoken by the models that do that, and no word is taken back", async () => {
    const client = await manual({ transcription: { model: "gpt-live-transcribe", delay: "minimal" } });
    const early = () => client.said.filter(({ type }) => type.endsWith(".delta"));
    // On a busy machine it takes more speech until words have settled.
    while (early().length === 0) await client.append(pcm24k, { pace: 3 });
    client.send(commit);
    const { item_id, transcript } = await client.next(COMPLETED);
    const committed = client.said.findIndex(({ type }) => type.endsWith("committed"));
    expect(client.said.slice(0, committed).filter(({ type }) => type.endsWith(".delta")).length).toBeGreaterThan(0);
    expect(early().every((event) => event.item_id === item_id)).toBe(true);
    expect(deltas(client, item_id).join("")).toBe(transcript);
    expect(plainWords(transcript)).toContain("for your country");
    client.socket.close();
  });
});

describe("turns that the VAD finds", () => {
  /** What was said of each item. */
  function turns({ said }: RealtimeClient) {
    const started = said.filter(({ type }) => type === "input_audio_buffer.speech_started");
    return started.map(({ item_id, audio_start_ms }) => {
      const of = said.filter((event) => (event.item_id ?? event.item?.id) === item_id);
      const types = of.map(({ type }) => type.split(".").at(-1)).filter((type, i, all) => type !== all[i - 1]);
      const end = of.find(({ type }) => type.endsWith("speech_stopped"))?.audio_end_ms;
      return {
        types,
        from: audio_start_ms,
        to: end,
        transcript: of.find(({ type }) => type === COMPLETED)?.transcript,
      };
    });
  }
  const WHOLE = ["speech_started", "speech_stopped", "committed", "added", "done", "delta", "completed"];

  test("are found by default, in order, each with an id of its own", async () => {
    const client = connect();
    // Audio may come before any wish.
    await client.next("session.created");
    client.send(update({ turn_detection: { silence_duration_ms: 400 } }));
    await client.append(Buffer.concat([silence(0.5), pcm24k, silence(1)]));
    const text = () =>
      plainWords(
        turns(client)
          .map(({ transcript }) => transcript ?? "")
          .join(" "),
      );
    await until(() => text().endsWith("for your country") || undefined);
    const found = turns(client);
    expect(found.length).toBeGreaterThan(1);
    expect(wordErrorRate(reference, text())).toBeLessThan(0.12);
    let last = 0;
    for (const { types, from, to } of found) {
      expect(types).toEqual(WHOLE);
      expect(Number.isInteger(from) && Number.isInteger(to)).toBe(true);
      expect(from).toBeGreaterThanOrEqual(last);
      expect(to).toBeGreaterThan(from);
      last = to;
    }
    // The recording is silent for its first 320 ms, and half a second of silence came before it.
    expect(found[0]?.from).toBeGreaterThan(400);
    expect(found[0]?.from).toBeLessThan(900);
    const chain = client.said.filter(({ type }) => type.endsWith("committed"));
    expect(chain.map(({ previous_item_id }) => previous_item_id)).toEqual([
      null,
      ...chain.slice(0, -1).map(({ item_id }) => item_id),
    ]);
    client.socket.close();
  });

  test("are longer the more silence may be in them, and begin with as much of it as is asked for", async () => {
    const count = async (turn_detection: object) => {
      const client = connect();
      client.send(update({ turn_detection }));
      await client.next("session.updated");
      await client.append(Buffer.concat([silence(2), pcm24k, silence(3)]));
      const text = () =>
        plainWords(
          turns(client)
            .map(({ transcript }) => transcript ?? "")
            .join(" "),
        );
      await until(() => text().endsWith("for your country") || undefined);
      client.socket.close();
      return turns(client);
    };
    const [short, long, padded, eager, calm] = await Promise.all([
      count({ type: "server_vad", silence_duration_ms: 200, prefix_padding_ms: 0 }),
      count({ type: "server_vad", silence_duration_ms: 2000 }),
      count({ type: "server_vad", silence_duration_ms: 200, prefix_padding_ms: 1000 }),
      count({ type: "semantic_vad", eagerness: "high" }),
      count({ type: "semantic_vad", eagerness: "low" }),
    ]);
    expect(long).toHaveLength(1);
    expect(short.length).toBeGreaterThan(1);
    expect(eager.length).toBeGreaterThan(calm.length);
    expect((short[0]?.from ?? 0) - (padded[0]?.from ?? 0)).toBe(1000);
  });

  test("a threshold that nothing reaches finds none, and a commit then makes an item all the same", async () => {
    const client = connect();
    client.send(update({ turn_detection: { type: "server_vad", threshold: 1 } }));
    await client.append(silence(2));
    client.send(commit);
    expect(await client.next(COMPLETED)).toMatchObject({ transcript: "", usage: { seconds: 2 } });
    expect(turns(client)).toEqual([]);
    client.socket.close();
  });

  test("end by a commit of the client's, or when no more audio comes", async () => {
    const client = connect();
    client.send(update({ turn_detection: { silence_duration_ms: 400 } }));
    await client.append(pcm24k.subarray(0, 1.6 * 48_000));
    await client.next("input_audio_buffer.speech_started");
    client.send(commit);
    const first = await client.next(COMPLETED);
    expect(turns(client)[0]?.types).toEqual(WHOLE.filter((type) => type !== "speech_stopped"));
    await client.append(pcm24k.subarray(1.6 * 48_000, 4.5 * 48_000));
    const second = await client.next(COMPLETED);
    expect(plainWords(`${first.transcript} ${second.transcript}`)).toContain("fellow americans");
    await until(() => turns(client).at(-1)?.types.includes("completed") || undefined);
    expect(turns(client).at(-1)?.types).toEqual(WHOLE);
    client.socket.close();
  });
});

describe("the beta", () => {
  const session = {
    input_audio_format: "pcm16",
    input_audio_transcription: { model: "whisper-1", prompt: "", language: "en" },
    turn_detection: null,
    input_audio_noise_reduction: { type: "near_field" },
    include: ["item.input_audio_transcription.logprobs"],
  };

  test("is spoken to who names it in a header or a subprotocol", async () => {
    const byHeader = connect("?intent=transcription", { headers: { ...headers, "openai-beta": "realtime=v1" } });
    const protocols = ["realtime", `openai-insecure-api-key.${apiKey}`, "openai-beta.realtime-v1"];
    const byProtocol = connect("?model=gpt-4o-transcribe", { protocols });
    for (const client of [byHeader, byProtocol]) {
      const created = await client.next("transcription_session.created");
      expect(created.session).toMatchObject({ input_audio_format: "pcm16", client_secret: null });
      client.send({ type: "transcription_session.update", session });
      const updated = await client.next("transcription_session.updated");
      expect(updated.session).toMatchObject({ ...session, id: created.session.id });
      await client.append(pcm24k);
      client.send(commit);
      expect(plainWords((await client.next(COMPLETED)).transcript)).toBe(reference);
      expect(client.order.slice(2)).toEqual([
        "input_audio_buffer.committed",
        "item.created",
        "input_audio_transcription.delta",
        "input_audio_transcription.completed",
      ]);
      expect((await client.next("conversation.item.created")).item.object).toBe("realtime.item");
      client.socket.close();
    }
    expect(byProtocol.socket.protocol).toBe("realtime");
  });

  test("is spoken to who sends its update first", async () => {
    const client = connect();
    await client.next("session.created");
    client.send({ type: "transcription_session.update", session });
    expect((await client.next("transcription_session.updated")).session.turn_detection).toBeNull();
    client.socket.close();
  });
});

describe("mistakes of the client's", () => {
  test("are answered, and the socket stays open", async () => {
    const client = connect();
    await client.next("session.created");
    const before = client.said[0].session;
    const wrong: [string | object, object][] = [
      ["{not json", { code: "invalid_json", event_id: null }],
      [{ event_id: "e1" }, { code: "invalid_event", event_id: "e1" }],
      [
        { type: "nonsense", event_id: "e2" },
        { code: "invalid_value", param: "type", event_id: "e2" },
      ],
      [
        { type: "input_audio_buffer.append", audio: "%%%", event_id: "e3" },
        { code: "invalid_value", param: "audio" },
      ],
      [{ type: "input_audio_buffer.append", audio: Buffer.alloc(20e6).toString("base64") }, { param: "audio" }],
      [{ type: "input_audio_buffer.append" }, { code: "missing_required_parameter", param: "audio" }],
      [
        { ...commit, event_id: "e4" },
        { code: "input_audio_buffer_commit_empty", event_id: "e4" },
      ],
      [update({ turn_detection: { type: "magic" } }), { param: "session.audio.input.turn_detection.type" }],
      [update({ transcription: { language: "xx!" } }), { code: "invalid_language_format" }],
      [update({ transcription: { language: "de" } }), { code: "unsupported_value" }],
    ];
    for (const [message, error] of wrong) {
      if (typeof message === "string") client.socket.send(message);
      else client.send(message);
      const told = await client.next("error");
      expect(told.event_id).toStartWith("event_");
      expect(told.error).toMatchObject({ type: "invalid_request_error", ...error });
      expect(Object.keys(told.error)).toEqual(["type", "code", "message", "param", "event_id"]);
    }
    expect(client.said.find((event) => event.error?.event_id === "e4").error.message).toBe(
      "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 0.00ms of audio.",
    );
    // What belongs to a conversation is passed over, bytes are read as text, and nothing has changed.
    client.send({ type: "response.create" });
    client.socket.send(Buffer.from(JSON.stringify({ type: "session.update", session: {} })));
    expect((await client.next("session.updated")).session).toEqual(before);
    expect(client.said.filter(({ type }) => type === "error")).toHaveLength(wrong.length);
    client.socket.close();
  });

  test("a request that is no handshake is told what is missing", async () => {
    const response = await fetch(`${server.url}/v1/realtime`, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("Upgrade: websocket") } });
    const wrong = await fetch(`${server.url}/v1/realtime/client_secrets`, { headers });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("who may come in", () => {
  const secret = async (session: object, more: object = {}, key = apiKey) =>
    fetch(`${server.url}/v1/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ session, ...more }),
    });

  test("a key in a header or a subprotocol; without one nobody", async () => {
    const protocols = ["realtime", `openai-insecure-api-key.${apiKey}`];
    const client = connect("", { protocols });
    await client.next("session.created");
    expect(client.socket.protocol).toBe("realtime");
    client.socket.close();
    for (const options of [{}, { headers: { authorization: "Bearer wrong" } }, { protocols: ["realtime"] }])
      expect((await connect("", options).closed).code).toBe(1006);
  });

  test("a short-lived key, with the session that it was made for", async () => {
    const session = {
      type: "transcription",
      audio: {
        input: { transcription: { model: "whisper-1", language: "en", prompt: "Kennedy" }, turn_detection: null },
      },
    };
    const response = await secret(session, { expires_after: { anchor: "created_at", seconds: 60 } });
    const made = (await response.json()) as { value: string; expires_at: number; session: object };
    expect(Object.keys(made)).toEqual(["value", "expires_at", "session"]);
    expect(made.session).toMatchObject({ ...session, expires_at: 0 });
    expect(Math.abs(made.expires_at - Date.now() / 1000 - 60)).toBeLessThan(5);
    const key = made.value;
    expect(key).toStartWith("ek_");
    const client = connect("", { protocols: ["realtime", `openai-insecure-api-key.${key}`] });
    expect((await client.next("session.created")).session.audio.input).toMatchObject(session.audio.input);
    await client.append(pcm24k);
    client.send(commit);
    expect(plainWords((await client.next(COMPLETED)).transcript)).toBe(reference);
    client.socket.close();
    // It makes no other.
    const refused = await secret({}, {}, key);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { type: "invalid_request_error", param: null, code: null } });
  });

  test("a short-lived key for a language that the model does not know says so at once, and listens", async () => {
    const { value } = (await (await secret({ audio: { input: { transcription: { language: "fr" } } } })).json()) as {
      value: string;
    };
    const client = connect("", { headers: { authorization: `Bearer ${value}` } });
    expect((await client.next("session.created")).session.audio.input.transcription.language).toBe("fr");
    expect((await client.next("error")).error).toMatchObject({
      code: "unsupported_value",
      message: expect.stringContaining("models pull"),
    });
    client.socket.close();
  });

  test("keys of the beta's route, and bad wishes", async () => {
    const response = await fetch(`${server.url}/v1/realtime/transcription_sessions`, {
      method: "POST",
      headers: { ...headers, "openai-beta": "assistants=v2" },
      body: JSON.stringify({ input_audio_format: "g711_ulaw", input_audio_transcription: { model: "whisper-1" } }),
    });
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^sess_/),
      object: "realtime.transcription_session",
      modalities: ["audio", "text"],
      turn_detection: { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 200 },
      input_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "whisper-1", language: null, prompt: "" },
      client_secret: { value: expect.stringMatching(/^ek_/), expires_at: expect.any(Number) },
    });
    const cases: [object, object, string][] = [
      [{}, { expires_after: { seconds: 5 } }, "expires_after.seconds"],
      [{}, { expires_after: { anchor: "now" } }, "expires_after.anchor"],
      [{ type: "x" }, {}, "session.type"],
      [{ audio: { input: { transcription: { prompt: "x".repeat(9000) } } } }, {}, "session"],
    ];
    for (const [session, more, param] of cases) {
      const refused = await secret(session, more);
      expect([refused.status, ((await refused.json()) as { error: { param: string } }).error.param]).toEqual([
        400,
        param,
      ]);
    }
  });
});

describe("a conversation", () => {
  test("is listened to, and answered by nothing else", async () => {
    const client = connect("?model=gpt-realtime-1.5");
    expect((await client.next("session.created")).session).toMatchObject({
      type: "realtime",
      object: "realtime.session",
      model: "gpt-realtime-1.5",
    });
    client.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { transcription: { model: "whisper-1" }, turn_detection: null } } },
    });
    await client.next("session.updated");
    await client.append(pcm24k);
    client.send(commit);
    client.send({ type: "response.create" });
    expect(plainWords((await client.next(COMPLETED)).transcript)).toBe(reference);
    expect(client.said.filter(({ type }) => /^response|error/.test(type))).toEqual([]);
    client.socket.close();
  });
});

describe("the end", () => {
  test("of the server comes after what is still to be said", async () => {
    await using other = await startTestServer();
    const client = await manual({}, dial(`${other.url}/v1/realtime?intent=transcription`));
    await client.append(pcm24k);
    client.send(commit);
    await client.next("input_audio_buffer.committed");
    const ended = other.end();
    expect(plainWords((await client.next(COMPLETED)).transcript)).toBe(reference);
    expect((await client.closed).code).toBe(1001);
    expect(await ended).toBe(0);
  });

  test("of a session's time is told", async () => {
    await using other = await startTestServer({ VERBATIM_SESSION_LIMIT: "0.3s" });
    const client = dial(`${other.url}/v1/realtime`);
    expect((await client.next("error")).error.code).toBe("session_expired");
    expect((await client.closed).code).toBe(1001);
  });

  test("of the client's patience leaves nothing running", async () => {
    await using other = await startTestServer();
    const client = await manual({}, dial(`${other.url}/v1/realtime`));
    await client.append(pcm24k);
    client.send(commit);
    await client.next("input_audio_buffer.committed");
    expect(await other.metric("stt_sessions_active")).toBe(1);
    client.socket.close();
    await until(async () => (await other.metric("stt_sessions_active")) === 0 || undefined);
    expect(await other.metric('stt_sessions_total{reason="aborted"}')).toBe(1);
  });
});
