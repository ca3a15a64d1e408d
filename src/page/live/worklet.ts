/** Runs in the browser's audio thread: samples → messages of 16-bit PCM, some 20 ms each. */

// The DOM's types leave these out.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class Recorder extends AudioWorkletProcessor {
  #samples = new Int16Array(Math.round(sampleRate / 50));
  #count = 0;

  process([channels = []]: Float32Array[][]): boolean {
    const length = channels[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i] as number;
      const sample = Math.max(-1, Math.min(1, sum / channels.length));
      this.#samples[this.#count++] = Math.round(sample * 32_767);
      if (this.#count === this.#samples.length) this.#send();
    }
    return true;
  }

  #send(): void {
    const { buffer } = this.#samples;
    this.#samples = new Int16Array(this.#samples.length);
    this.#count = 0;
    this.port.postMessage(buffer, [buffer]);
  }
}

registerProcessor("recorder", Recorder);
