/** `verbatim listen` */
import { basename } from "node:path";
import { type Capture, captureDevices, openCapture } from "../../audio/capture.ts";
import { SAMPLE_RATE } from "../../engine/settings.ts";
import { toVerbatimError, type VerbatimError } from "../../error.ts";
import { openMetrics } from "../../metrics/metrics.ts";
import { ensureModel } from "../../models/ensure.ts";
import type { Session } from "../../recognizer/live/session.ts";
import { type Command, type Context, EXIT } from "../command.ts";
import { modelProgress } from "../progress.ts";
import { quietLog } from "../quiet-log.ts";
import { openRecognition } from "../recognition.ts";
import { options, readPlan } from "./plan.ts";
import { Screen } from "./screen.ts";
import { Teller } from "./teller.ts";

/** Milliseconds: Ctrl-C reaches ffmpeg too, and what it does then may be noticed before the signal is. */
const SIGNAL_PATIENCE = 100;

export const listen: Command = {
  name: "listen",
  summary: "Write down what is said, as it is said.",
  usage: ["[OPTIONS]", "--input FILE [--realtime] [OPTIONS]", "--list-devices"],
  description:
    "Listens to a microphone through ffmpeg. What is final goes to standard output, a line for each utterance; on a terminal the\n" +
    "words that may still change are shown below. Ctrl-C ends the listening, and what was said before it is still written.\n" +
    "Exit codes: 0 when all that was heard is written, 1 when the sound or the recognition failed, 130 for a recording that was\n" +
    "not listened to its end.",
  options,
  sections: ["models", "recognition", "vad", "decode", "engine", "downloads", "folders"],
  async run(context) {
    const { settings, terminal, signal } = context;
    if (context.options.has("list-devices")) return await tellDevices(context);
    const plan = readPlan(context);
    const log = quietLog(context);
    const progress = modelProgress(terminal);
    const model = await ensureModel(settings.model, settings, { log, signal, progress }).finally(() => progress.end());
    await using running = new AsyncDisposableStack();
    const { engines, recognizer, audio, close } = await openRecognition(settings, log, openMetrics(), {
      model,
      signal,
    });
    running.defer(close);
    // First, so that nothing has to wait that is said into the microphone.
    await engines.facts(model, signal);
    const session = recognizer.openSession({ ...plan.session, model });
    running.defer(() => session.abort());
    const capture = await openCapture(plan.source, { audio, ffmpeg: { configured: settings.ffmpeg } });
    const stop = () => void capture.close();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();

    // A model that was named by its path has that for an id.
    const name = basename(model.id);
    const isDrawn = !plan.isQuiet && plan.format === "text";
    const screen = new Screen(isDrawn ? terminal : unwatched(terminal), name, SAMPLE_RATE);
    const teller = new Teller(plan, terminal, screen);
    const hearing = hear(capture, session, signal, (block) => {
      teller.begin(name);
      screen.hear(block);
    });
    for await (const event of session.events) teller.tell(event);
    // The session may have ended by itself; nobody would listen to what the microphone goes on to hear.
    await capture.close();
    const failure = await hearing;
    if (failure !== undefined) throw failure;
    if (teller.hasFailed) return EXIT.failed;
    if (plan.hasEnd) signal.throwIfAborted();
    return EXIT.ok;
  },
};

/** Pushes what is heard until there is no more, and has the session say its last words. Answers with what went wrong. */
async function hear(
  capture: Capture,
  session: Session,
  signal: AbortSignal,
  heard: (block: Float32Array) => void,
): Promise<VerbatimError | undefined> {
  try {
    for await (const block of capture.blocks) {
      if (signal.aborted) break;
      heard(block);
      // A recording comes faster than it can be recognised; a microphone never has to wait here unless the machine is far behind.
      await session.ready();
      session.push([block]);
    }
  } catch (thrown) {
    await Bun.sleep(SIGNAL_PATIENCE);
    if (!signal.aborted) return toVerbatimError(thrown);
  } finally {
    await session.close();
    await capture.close();
  }
  return undefined;
}

async function tellDevices({ settings, terminal }: Context): Promise<number> {
  const devices = await captureDevices({ configured: settings.ffmpeg });
  if (devices.length === 0) {
    terminal.err("verbatim: There is no device to listen to.\n");
    return EXIT.failed;
  }
  const width = Math.max(...devices.map(({ name }) => name.length));
  for (const { name, title, isDefault } of devices)
    terminal.out(
      `${name.padEnd(width)}  ${title === name ? "" : title}${isDefault ? " (default)" : ""}`.trimEnd().concat("\n"),
    );
  return EXIT.ok;
}

/** A terminal on which nothing is drawn. */
function unwatched(terminal: Context["terminal"]): Context["terminal"] {
  return { ...terminal, size: terminal.size, isWatched: false, status: () => {} };
}
