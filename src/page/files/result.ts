/** A file's text beside its sound: words are lit while it plays, and a click on a word plays from there. */
import { clock } from "../clock.ts";
import { codeBox } from "../code/view.ts";
import { make } from "../dom.ts";
import { savingButtons } from "../save.ts";
import { DOUBTFUL, type Paragraph, type SpokenWord, voiceOf } from "../transcript.ts";
import { type Answer, paragraphsOf } from "./answer.ts";
import { drawWaveform, peaksOf } from "./waveform.ts";

interface ShownWord {
  word: SpokenWord;
  element: HTMLElement;
}

/** The element for an answer. */
export function resultView(file: File, answer: Answer, parameters: Record<string, string>): HTMLElement {
  const paragraphs = paragraphsOf(answer);
  const shown: ShownWord[] = [];
  const player = make(file.type.startsWith("video/") ? "video" : "audio", {
    controls: true,
    preload: "metadata",
    src: URL.createObjectURL(file),
    attributes: { "aria-label": `Play ${file.name}` },
  });
  const text = make("div", {
    className: "transcript",
    tabIndex: 0,
    attributes: {
      role: "group",
      "aria-label": `Text of ${file.name}. Arrow keys move from word to word, Enter plays.`,
    },
  });
  for (const paragraph of paragraphs) text.append(paragraphView(paragraph, shown));
  if (paragraphs.length === 0)
    text.append(make("p", { className: "faint", textContent: "Nobody speaks in this file." }));
  const { canvas, redraw } = waveform(file, player);
  follow(player, text, shown, redraw);
  const name = file.name.replace(/\.[^.]+$/, "");
  return make(
    "div",
    { className: "result" },
    canvas,
    player,
    text,
    savingButtons(
      () => name,
      () => paragraphs,
    ),
    codeBox(file.name, parameters),
  );
}

function paragraphView(paragraph: Paragraph, shown: ShownWord[]): HTMLElement {
  const element = make("p", {}, make("time", { className: "stamp", textContent: clock(paragraph.from) }));
  const voice = voiceOf(paragraph);
  if (voice !== undefined) element.append(make("b", { className: "voice", textContent: voice }), " ");
  for (const word of paragraph.words) {
    const span = make("span", { className: "word", textContent: word.text });
    if (word.confidence < DOUBTFUL) {
      span.classList.add("doubtful");
      span.title = `Not sure: ${Math.round(word.confidence * 100)} %`;
    }
    span.dataset.at = String(shown.length);
    shown.push({ word, element: span });
    element.append(span, " ");
  }
  return element;
}

function waveform(file: File, player: HTMLMediaElement): { canvas: HTMLCanvasElement; redraw: () => void } {
  const canvas = make("canvas", { className: "waveform", hidden: true, attributes: { "aria-hidden": "true" } });
  let peaks: Float32Array | undefined;
  const redraw = () => {
    if (peaks) drawWaveform(canvas, peaks, player.duration > 0 ? player.currentTime / player.duration : 0);
  };
  void peaksOf(file).then((found) => {
    peaks = found;
    canvas.hidden = found === undefined;
    requestAnimationFrame(redraw);
  });
  new ResizeObserver(redraw).observe(canvas);
  canvas.addEventListener("click", (event) => {
    player.currentTime = (event.offsetX / canvas.clientWidth) * player.duration;
  });
  return { canvas, redraw };
}

/** Lights the word that is heard, and lets words be chosen. */
function follow(player: HTMLMediaElement, text: HTMLElement, shown: readonly ShownWord[], redraw: () => void): void {
  let lit: HTMLElement | undefined;
  let chosen = -1;
  const light = () => {
    const at = wordAt(shown, player.currentTime);
    const element = at === undefined ? undefined : shown[at]?.element;
    if (element !== lit) {
      lit?.classList.remove("lit");
      element?.classList.add("lit");
      lit = element;
    }
    redraw();
    if (!player.paused) requestAnimationFrame(light);
  };
  player.addEventListener("play", light);
  player.addEventListener("seeked", light);
  const playFrom = (at: number) => {
    const word = shown[at]?.word;
    if (!word) return;
    player.currentTime = word.from;
    void player.play();
  };
  const choose = (at: number) => {
    shown[chosen]?.element.classList.remove("chosen");
    chosen = Math.max(0, Math.min(shown.length - 1, at));
    shown[chosen]?.element.classList.add("chosen");
    shown[chosen]?.element.scrollIntoView({ block: "nearest" });
  };
  text.addEventListener("click", ({ target }) => {
    const at = target instanceof HTMLElement ? target.dataset.at : undefined;
    if (at === undefined) return;
    choose(Number(at));
    playFrom(Number(at));
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") choose(chosen + 1);
    else if (event.key === "ArrowLeft") choose(chosen - 1);
    else if (event.key === "Enter") playFrom(Math.max(0, chosen));
    else return;
    event.preventDefault();
  });
}

/** The word that is heard at a time, by bisection. */
function wordAt(shown: readonly ShownWord[], time: number): number | undefined {
  let [low, high] = [0, shown.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((shown[middle]?.word.from ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  const word = shown[low]?.word;
  return word && time >= word.from && time < word.to + 0.3 ? low : undefined;
}
