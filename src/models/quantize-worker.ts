/** The thread that blocks while weights are quantised, so that progress can be shown and the user can stop it. */
import { toVerbatimError } from "../error.ts";
import { quantize } from "../native/quantize.ts";
import type { QuantizeAnswer, QuantizeRequest } from "./quantize.ts";

declare const self: Worker;

self.onmessage = ({ data: { from, to, type, job } }: MessageEvent<QuantizeRequest>) => {
  let answer: QuantizeAnswer = {};
  try {
    quantize(from, to, type, job);
  } catch (thrown) {
    const { code, message, cause } = toVerbatimError(thrown);
    answer = { error: { code, message: code === "internal" && cause instanceof Error ? cause.message : message } };
  }
  postMessage(answer);
};
