/** A Realtime client of the tests' own, and speech in the encodings that it may send. */
import { samplesOf } from "./support.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a client gets
type Said = any;

export interface RealtimeClient {
  socket: WebSocket;
  /** Everything that the server said, in order. */
  said: Said[];
  /** The types of it, without their long common beginnings, repetitions once. */
  readonly order: string[];
  send(event: object): void;
  /** Sends audio in pieces of 100 ms of 24 kHz PCM, or of so many bytes; `pace`: so many times faster than it was spoken. */
  append(audio: Uint8Array, options?: { bytes?: number; pace?: number }): Promise<void>;
  /** The next event of a type that nobody has waited for yet. */
  next(type: string): Promise<Said>;
  closed: Promise<{ code: number; reason: string }>;
}

/** Dials; errors that the server tells are part of what it says. */
export function dial(url: string, options: Bun.WebSocketOptions = {}): RealtimeClient {
  const socket = new WebSocket(url.replace(/^http/, "ws"), options);
  const said: Said[] = [];
  const taken = new Set<Said>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  let isClosed = false;
  socket.onmessage = ({ data }) => void said.push(JSON.parse(data));
  socket.onclose = ({ code, reason }) => {
    isClosed = true;
    closed.resolve({ code, reason });
  };
  const early: string[] = [];
  const send = (event: object) => {
    if (socket.readyState === WebSocket.CONNECTING) early.push(JSON.stringify(event));
    else socket.send(JSON.stringify(event));
  };
  socket.onopen = () => {
    for (const message of early) socket.send(message);
  };
  return {
    socket,
    said,
    get order() {
      const types = said.map(({ type }: { type: string }) => type.split(".").slice(-2).join("."));
      return types.filter((type, i) => type !== types[i - 1]);
    },
    send,
    async append(audio, { bytes = 4800, pace = 0 } = {}) {
      for (let at = 0; at < audio.length; at += bytes) {
        send({
          type: "input_audio_buffer.append",
          audio: Buffer.from(audio.subarray(at, at + bytes)).toString("base64"),
        });
        if (pace > 0) await Bun.sleep(bytes / 48 / pace);
      }
    },
    async next(type) {
      for (;;) {
        const found = said.find((event) => event.type === type && !taken.has(event));
        if (found) {
          taken.add(found);
          return found;
        }
        if (isClosed) throw new Error(`closed without ${type}: ${JSON.stringify(said.slice(-5))}`);
        await Bun.sleep(3);
      }
    },
    closed: closed.promise,
  };
}

/** 16-bit PCM of a recording at 16 kHz, at another rate. */
export function pcmAt(rate: number, file: string): Uint8Array {
  const bytes = samplesOf(file);
  const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const step = 16_000 / rate;
  const out = new Int16Array(Math.floor(samples.length / step));
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i * step);
    const [a = 0, b = a] = [samples[at], samples[at + 1]];
    out[i] = a + (b - a) * (i * step - at);
  }
  return new Uint8Array(out.buffer);
}

/** 16-bit samples as A-law (ITU-T G.711). */
export function toAlaw(pcm: Uint8Array): Uint8Array {
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
  return Uint8Array.from(samples, (sample) => {
    const sign = sample >= 0 ? 0x80 : 0;
    const magnitude = Math.min(4095, (sample >= 0 ? sample : -sample - 1) >> 3);
    const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 4);
    const mantissa = (magnitude >> Math.max(1, exponent)) & 0x0f;
    return (sign | (exponent << 4) | mantissa) ^ 0x55;
  });
}

export function silence(seconds: number, bytesPerSecond = 48_000): Uint8Array {
  return new Uint8Array(Math.round(seconds * bytesPerSecond));
}
