/** The browser's microphone as 16-bit PCM. */
import { addressOf } from "../server.ts";

export interface Microphone {
  /** Samples per second. */
  rate: number;
  stop(): void;
}

export interface MicrophoneListener {
  heard(pcm: ArrayBuffer): void;
  /** It was unplugged, or taken away. */
  lost(): void;
}

/** Opens the microphone; rejects with an Error whose message is for people. */
export async function openMicrophone(listener: MicrophoneListener): Promise<Microphone> {
  const stream = await navigator.mediaDevices
    .getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
    })
    .catch((thrown: unknown) => {
      throw new Error(refusal(thrown));
    });
  const context = new AudioContext({ latencyHint: "interactive" });
  try {
    await context.audioWorklet.addModule(addressOf("/page/worklet.js"));
    await context.resume();
  } catch (thrown) {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
    throw thrown;
  }
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  recorder.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => listener.heard(data);
  context.createMediaStreamSource(stream).connect(recorder);
  for (const track of stream.getAudioTracks()) track.addEventListener("ended", () => listener.lost());
  // A laptop that slept, or a phone call: go on by itself when it may.
  context.addEventListener("statechange", () => {
    if (context.state !== "running" && context.state !== "closed") void context.resume();
  });
  return {
    rate: context.sampleRate,
    stop() {
      recorder.port.onmessage = null;
      for (const track of stream.getTracks()) track.stop();
      void context.close();
    },
  };
}

/** Why there is no microphone on this page whatever one clicks, or nothing. */
export function impediment(): string | undefined {
  if (window.isSecureContext && navigator.mediaDevices) return undefined;
  return (
    `Browsers give the microphone only to pages on localhost or with https, and this is ${location.origin}. ` +
    "Open the page on the machine that runs Verbatim, or start Verbatim with --tls self-signed. Files work here all the same."
  );
}

function refusal(thrown: unknown): string {
  const name = thrown instanceof DOMException ? thrown.name : "";
  if (name === "NotAllowedError")
    return "The microphone was not allowed. Allow it for this page in the browser's address bar, then start again.";
  if (name === "NotFoundError") return "There is no microphone. Plug one in, then start again.";
  if (name === "NotReadableError") return "The microphone is in use by another program.";
  return `The microphone could not be opened${thrown instanceof Error ? `: ${thrown.message}` : "."}`;
}
