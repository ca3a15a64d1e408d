/** What Lightning Whisper MLX's clients are told. */
import type { Word } from "../../../text/transcript.ts";
import { float } from "../json.ts";
import { quantization, shownId } from "../model.ts";
import { confidenceOf, replyWord, transcriptText } from "../words.ts";

/** What holds for a whole connection. */
export interface LightningFacts {
  requestId: string;
  utteranceId: string;
  model: string;
  rate: number;
}

const SHAPE = { punctuated: true, languages: false };

/** The server speaks first. */
export function greeting({ requestId, model, rate }: LightningFacts): string {
  const name = shownId(model);
  return JSON.stringify({
    type: "metadata",
    request_id: requestId,
    model: name,
    quantization: quantization(name),
    sample_rate: rate,
  });
}

/** All words so far; the last of these messages is the final one. */
export function resultsMessage(
  { requestId, utteranceId }: LightningFacts,
  words: readonly Word[],
  isFinal: boolean,
  now: Date,
): string {
  const start = words[0]?.from ?? 0;
  return JSON.stringify({
    type: "Results",
    request_id: requestId,
    channel_index: 0,
    utterance_id: utteranceId,
    start: float(start),
    duration: float((words.at(-1)?.to ?? 0) - start),
    is_final: isFinal,
    speech_final: isFinal,
    channel: {
      alternatives: [
        {
          transcript: transcriptText(words, SHAPE),
          confidence: words.length > 0 ? float(confidenceOf(words)) : null,
          words: words.map((word) => replyWord(word, SHAPE)),
        },
      ],
    },
    timestamp: now.toISOString().replace("Z", "000+00:00"),
  });
}

export function errorMessage(error: string): string {
  return JSON.stringify({ type: "error", error, code: 400 });
}
