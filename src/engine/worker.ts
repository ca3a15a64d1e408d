/**
 * One decoding thread of an engine process: a Worker that blocks in the native call while a job runs. It is asked one thing at a time,
 * and nothing stops it but the job's cancel word.
 */
import { toVerbatimError } from "../error.ts";
import { closeModel, type ModelHandle, type ModelInfo, modelInfo, openModel } from "../native/model.ts";
import { decode, detectLanguage, newState, type StateHandle } from "../native/state.ts";
import type { Asked, Told } from "./thread.ts";

declare const self: Worker;

let state: StateHandle | undefined;

function open(path: string, gpu: boolean): { model: ModelHandle; info: ModelInfo } {
  const model = openModel(path, { gpu });
  try {
    return { model, info: modelInfo(model) };
  } catch (thrown) {
    closeModel(model);
    throw thrown;
  }
}

function held(): StateHandle {
  if (state === undefined) throw new Error("This thread was asked to decode before it had a state.");
  return state;
}

function perform(asked: Asked): Told {
  switch (asked.do) {
    case "open":
      return { opened: open(asked.path, asked.gpu) };
    case "state":
      state = newState(asked.model);
      return {};
    case "decode":
      return { json: decode(held(), asked.job, asked.pcm, { ...asked.options, threads: asked.threads }) };
    case "detect":
      return { json: detectLanguage(held(), asked.job, asked.pcm, asked.threads, asked.among) };
  }
}

/** Gives up to two megabytes back at once: this thread's own garbage is so little that they would pile up before any is collected. */
function forget(asked: Asked): void {
  if ("pcm" in asked) asked.pcm.buffer.transfer(0);
}

self.onmessage = (event: MessageEvent<Asked>) => {
  let told: Told;
  try {
    told = perform(event.data);
  } catch (thrown) {
    const { code, message, cause } = toVerbatimError(thrown);
    told = { error: { code, message: code === "internal" && cause instanceof Error ? cause.message : message } };
  }
  forget(event.data);
  postMessage(told, told.json ? [told.json.buffer] : []);
};
