/**
 * The run of one file. Audio flows block by block through the VAD into windows, and windows through the engine, several at once,
 * while reading goes on; what is held is what the windows in flight need, however long the file is.
 */
import type { MediaSource, OpenMedia } from "../audio/media.ts";
import type { Claim } from "../engine/admission.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import type { Segment, Transcript } from "../text/transcript.ts";
import { checkLanguage, LanguageChoice } from "./language.ts";
import { type HeardWindow, Listener } from "./listener.ts";
import type { RecognizerParts, TranscribeEvent, TranscribeOptions } from "./recognizer.ts";
import { Stitching } from "./stitching.ts";
import { WindowDecoder } from "./window-decoder.ts";

/** docs/decoding.md has the figures behind these. */
const LIMITS = { window: 28 * SAMPLE_RATE, silence: 0.5 * SAMPLE_RATE };
/** Where the language may change: a window has one, so it is short; much shorter, and the language is misheard. */
const MIXED_LIMITS = { ...LIMITS, window: 10 * SAMPLE_RATE };

interface ChannelRun {
  listener: Listener;
  language: LanguageChoice;
  stitching: Stitching;
  /** Windows so far. */
  windows: number;
  /** Where each window in flight begins (samples). */
  inFlight: Set<number>;
}

export class FileRun {
  readonly #parts: RecognizerParts;
  readonly #options: TranscribeOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: TranscribeEvent) => void;
  readonly #decoder: WindowDecoder;
  readonly #work = new Set<Promise<void>>();
  #channels: ChannelRun[] = [];
  #claim: Claim | undefined;
  #duration: number | undefined;
  #done = 0;

  constructor(
    parts: RecognizerParts,
    options: TranscribeOptions,
    signal: AbortSignal,
    emit: (event: TranscribeEvent) => void,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
    this.#decoder = new WindowDecoder(parts, options, signal);
  }

  async run(source: MediaSource): Promise<void> {
    const { channels, raw, client } = this.#options;
    checkLanguage(this.#options);
    this.#signal.throwIfAborted();
    const mediaOptions = { channels, signal: this.#signal, ...(raw === undefined ? {} : { raw }) };
    const media = await this.#parts.openMedia(source, mediaOptions);
    try {
      this.#duration = media.duration;
      this.#claim = this.#parts.engines.admit(client, media.duration ?? 0);
      await this.#listen(media);
      const { repaired } = media;
      if (repaired > 0) this.#parts.log.warn("samples that were no numbers became silence", { samples: repaired });
      const statistics = { ...this.#decoder.statistics, repaired };
      this.#emit({ type: "transcript", transcript: await this.#transcript(), statistics });
    } finally {
      await media.close();
      this.#claim?.release();
      for (const { listener } of this.#channels) listener.close();
    }
  }

  async #listen(media: OpenMedia): Promise<void> {
    this.#channels = Array.from({ length: media.channels }, () => this.#openChannel());
    const expected = media.duration ?? 0;
    let heard = 0;
    for await (const planes of media.blocks) {
      this.#signal.throwIfAborted();
      const before = Math.max(heard, expected);
      heard += (planes[0]?.length ?? 0) / SAMPLE_RATE;
      if (heard > before) this.#claim?.grow(heard - before);
      const rest = Math.max(0, expected - heard) * SAMPLE_RATE;
      const hear = ({ listener }: ChannelRun, i: number) => listener.hear(planes[i] ?? new Float32Array(), rest);
      await this.#start(await Promise.all(this.#channels.map(hear)));
    }
    await this.#start(this.#channels.map(({ listener }) => listener.finish()));
    await Promise.all(this.#work);
  }

  #openChannel(): ChannelRun {
    const { vad, settings } = this.#parts;
    const { mixedLanguages, model } = this.#options;
    const limits = mixedLanguages && model.multilingual ? MIXED_LIMITS : LIMITS;
    return {
      listener: new Listener(vad.open(), { ...settings.vad, ...this.#options.vad }, limits),
      language: this.#chooseLanguage(),
      stitching: new Stitching(),
      windows: 0,
      inFlight: new Set(),
    };
  }

  #chooseLanguage(): LanguageChoice {
    return new LanguageChoice(this.#parts.engines, this.#options, this.#signal);
  }

  /** Starts the windows of each channel; reading waits while enough are in flight. */
  async #start(windows: HeardWindow[][]): Promise<void> {
    for (const [i, channel] of this.#channels.entries())
      for (const heard of windows[i] ?? []) {
        while (this.#work.size >= this.#mostInFlight) await Promise.race(this.#work);
        const work = this.#decode(i, channel, heard).finally(() => this.#work.delete(work));
        // A failure is noticed where the work is waited for.
        work.catch(() => {});
        this.#work.add(work);
      }
    this.#progress();
  }

  /** One more than can be decoded at once, so that the next one waits there and not here. */
  get #mostInFlight(): number {
    const status = this.#parts.engines.status().find(({ id }) => id === this.#options.model.id);
    return (status?.workers ?? 1) + 1;
  }

  async #decode(index: number, channel: ChannelRun, heard: HeardWindow): Promise<void> {
    const number = channel.windows++;
    const begin = heard.window.pieces[0]?.from ?? 0;
    channel.inFlight.add(begin);
    const segments = this.#options.mixedLanguages
      ? await this.#decodeMixed(channel, heard)
      : await this.#decoder.decode(heard, channel.language);
    channel.inFlight.delete(begin);
    for (const segment of channel.stitching.add(number, segments))
      this.#emit({ type: "segment", channel: index, segment });
    this.#progress();
  }

  /** Decodes a window in a language of its own; the channel's is that of its first one. */
  async #decodeMixed(channel: ChannelRun, heard: HeardWindow): Promise<Segment[]> {
    const choice = channel.language.chosen === undefined ? channel.language : this.#chooseLanguage();
    const segments = await this.#decoder.decode(heard, choice);
    const { code } = await choice.of(heard.pcm);
    return segments.map((segment) => ({
      ...segment,
      words: segment.words.map((word) => ({ ...word, language: code })),
    }));
  }

  #progress(): void {
    const settled = this.#channels.map(({ listener, inFlight }) => Math.min(listener.settled, ...inFlight));
    const done = Math.min(...settled) / SAMPLE_RATE;
    if (done <= this.#done) return;
    this.#claim?.grow(this.#done - done);
    this.#done = done;
    this.#emit({ type: "progress", done, ...(this.#duration === undefined ? {} : { duration: this.#duration }) });
  }

  async #transcript(): Promise<Transcript> {
    const { model, task } = this.#options;
    const { metrics } = this.#parts;
    const heard = this.#channels[0]?.listener.heard ?? 0;
    const languages = await Promise.all(this.#channels.map(({ language }) => language.chosen));
    // The file's language is that of the channel that spoke most.
    const most = this.#channels.reduce(
      (best, { listener }, i, all) => (listener.speech > (all[best]?.listener.speech ?? 0) ? i : best),
      0,
    );
    const main = languages[most] ?? { code: this.#options.language ?? "en" };
    if (heard > 0)
      metrics.speechRatio.observe({}, (this.#decoder.statistics.speech * SAMPLE_RATE) / heard / this.#channels.length);
    return {
      channels: this.#channels.map(({ stitching: { segments } }, i) => {
        const language = languages[i];
        return language?.probability === undefined || languages.length < 2
          ? { segments }
          : { segments, language: language.code, languageProbability: language.probability };
      }),
      language: main.code,
      ...(main.probability === undefined ? {} : { languageProbability: main.probability }),
      duration: heard / SAMPLE_RATE,
      task,
      model: model.id,
    };
  }
}
