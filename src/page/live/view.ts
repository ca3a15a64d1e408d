/** Speak, and read along. */

import { clock } from "../clock.ts";
import { find, make } from "../dom.ts";
import { languageChoice, modelChoice } from "../models/choice.ts";
import { savingButtons } from "../save.ts";
import { paragraphText, type SpokenWord } from "../transcript.ts";
import { type Captions, noCaptions, withoutOpen, withResults } from "./captions.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { impediment, type Microphone, openMicrophone } from "./microphone.ts";

const STATES: Record<ConnectionState, string> = {
  connecting: "Connecting …",
  open: "Listening",
  waiting: "The server is away; what you say is kept and sent when it is back.",
  closed: "",
};

/** What is shown of the last final: seconds from its last word to its text. */
const latencyText = (seconds: number) => `last words shown ${Math.max(0, seconds).toFixed(2)} s after they were said`;

export function startLive(): void {
  const button = find("record", HTMLButtonElement);
  const paragraphs = find("captions", HTMLElement);
  const open = find("open-words", HTMLElement);
  const status = find("live-status", HTMLElement);
  const problem = find("live-problem", HTMLElement);
  const latency = find("latency", HTMLElement);
  const level = find("level", HTMLMeterElement);
  const model = modelChoice(find("live-model", HTMLSelectElement));
  const language = languageChoice(find("live-language", HTMLSelectElement), model);
  let captions: Captions = noCaptions;
  let microphone: Microphone | undefined;
  let connection: Connection | undefined;
  /** performance.now() when the first sample was heard. */
  let began = 0;

  const hindrance = impediment();
  if (hindrance !== undefined) {
    button.disabled = true;
    problem.textContent = hindrance;
  }
  find("live-save", HTMLElement).append(
    savingButtons(
      () => `verbatim-${new Date().toISOString().slice(0, 16).replaceAll(":", "")}`,
      () => withoutOpen(captions).paragraphs,
    ),
  );

  function show(): void {
    // Only the last paragraph can have changed; those before it stay as they are, so that a screen reader reads each once.
    const { paragraphs: all } = captions;
    while (paragraphs.childElementCount > Math.max(0, all.length - 1)) paragraphs.lastElementChild?.remove();
    for (const paragraph of all.slice(paragraphs.childElementCount))
      paragraphs.append(
        make(
          "p",
          {},
          make("time", { className: "stamp", textContent: clock(paragraph.from) }),
          make("span", { textContent: paragraphText(paragraph) }),
        ),
      );
    const text = (words: readonly SpokenWord[]) => words.map(({ text }) => text).join(" ");
    open.replaceChildren(
      make("span", { className: "settled", textContent: text(captions.open.slice(0, captions.settled)) }),
      " ",
      make("span", { className: "tentative", textContent: text(captions.open.slice(captions.settled)) }),
    );
    find("live-save", HTMLElement).hidden = all.length === 0 && captions.open.length === 0;
    find("live-hint", HTMLElement).hidden = all.length > 0 || captions.open.length > 0;
    open.scrollIntoView({ block: "nearest" });
  }

  async function start(): Promise<void> {
    problem.textContent = "";
    button.disabled = true;
    try {
      microphone = await openMicrophone({
        heard(pcm) {
          if (connection === undefined) return;
          if (connection.heard === 0) began = performance.now() - (pcm.byteLength / 2 / (microphone?.rate ?? 1)) * 1000;
          level.value = loudness(new Int16Array(pcm));
          connection.send(pcm);
        },
        lost() {
          problem.textContent = "The microphone is gone. Plug it in and start again; the text stays.";
          void stop();
        },
      });
    } catch (thrown) {
      problem.textContent = (thrown as Error).message;
      return;
    } finally {
      button.disabled = false;
    }
    // Times go on after what is there already.
    const earlier = captions.paragraphs.at(-1)?.to ?? 0;
    const base = earlier > 0 ? Math.ceil(earlier) + 1 : 0;
    const parameters = {
      model: model.value,
      ...(language.value === "" ? { detect_language: "true" } : { language: language.value }),
      punctuate: "true",
      interim_results: "true",
      endpointing: "300",
    };
    connection = new Connection(parameters, microphone.rate, {
      results(message, offset) {
        captions = withResults(captions, message, base + offset);
        const last = message.is_final ? message.channel.alternatives[0]?.words.at(-1) : undefined;
        if (last !== undefined)
          latency.textContent = latencyText((performance.now() - began) / 1000 - offset - last.end);
        show();
      },
      broken() {
        captions = { ...captions, open: [], settled: 0, continues: false };
        show();
      },
      state(state) {
        status.textContent = STATES[state];
      },
    });
    button.textContent = "Stop";
    button.setAttribute("aria-pressed", "true");
  }

  async function stop(): Promise<void> {
    microphone?.stop();
    microphone = undefined;
    level.value = 0;
    button.disabled = true;
    await connection?.stop();
    connection = undefined;
    captions = withoutOpen(captions);
    show();
    button.disabled = false;
    button.textContent = "Speak";
    button.setAttribute("aria-pressed", "false");
    status.textContent = "";
  }

  button.addEventListener("click", () => void (microphone === undefined ? start() : stop()));
  find("live-clear", HTMLButtonElement).addEventListener("click", () => {
    captions = { ...noCaptions, continues: false };
    latency.textContent = "";
    show();
  });
  show();
}

/** 0..1, over a range of 60 dB. */
function loudness(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) / 32_768 ** 2 + 1e-10);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}
