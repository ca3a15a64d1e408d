/** The request that the page made, in other words: what to type or write to get the same. */

export interface Snippet {
  title: string;
  code: string;
}

/** `origin` is this server's address, without a slash at its end; `key`: whether it wants one. */
export function snippets(
  origin: string,
  file: string,
  parameters: Readonly<Record<string, string>>,
  key: boolean,
): Snippet[] {
  const query = new URLSearchParams(parameters).toString();
  const path = JSON.stringify(file);
  const secret = key ? "YOUR_KEY" : "none";
  const options = Object.entries(parameters).map(([name, value]) => `${name}: ${literal(value)}`);
  const python = Object.entries(parameters).map(([name, value]) => `${name}=${pythonLiteral(value)}`);
  const language = parameters.language;
  return [
    {
      title: "curl",
      code: `curl '${origin}/v1/listen?${query}' \\\n${key ? "  -H 'Authorization: Token YOUR_KEY' \\\n" : ""}  -T ${shellWord(file)} -X POST`,
    },
    {
      title: "JavaScript, Deepgram",
      code: `import { createReadStream } from "node:fs";
import { DeepgramClient } from "@deepgram/sdk";

const deepgram = new DeepgramClient({ apiKey: "${secret}", baseUrl: "${origin}" });
const { results } = await deepgram.listen.v1.media.transcribeFile(createReadStream(${path}), {
  ${options.join(",\n  ")},
});
console.log(results.channels[0].alternatives[0].transcript);`,
    },
    {
      title: "JavaScript, OpenAI",
      code: `import { createReadStream } from "node:fs";
import OpenAI from "openai";

const openai = new OpenAI({ apiKey: "${secret}", baseURL: "${origin}/v1" });
const { text } = await openai.audio.transcriptions.create({
  file: createReadStream(${path}),
  model: ${JSON.stringify(parameters.model ?? "whisper-1")},${language ? `\n  language: ${JSON.stringify(language)},` : ""}
});
console.log(text);`,
    },
    {
      title: "Python, Deepgram",
      code: `from deepgram import DeepgramClient
from deepgram.environment import DeepgramClientEnvironment

here = DeepgramClientEnvironment(base="${origin}", production="${origin.replace("http", "ws")}", agent="${origin.replace("http", "ws")}")
deepgram = DeepgramClient(api_key="${secret}", environment=here)
with open(${path}, "rb") as audio:
    answer = deepgram.listen.v1.media.transcribe_file(request=audio.read(), ${python.join(", ")})
print(answer.results.channels[0].alternatives[0].transcript)`,
    },
    {
      title: "Python, OpenAI",
      code: `from openai import OpenAI

openai = OpenAI(api_key="${secret}", base_url="${origin}/v1")
with open(${path}, "rb") as audio:
    print(openai.audio.transcriptions.create(file=audio, model=${JSON.stringify(parameters.model ?? "whisper-1")}${language ? `, language=${JSON.stringify(language)}` : ""}).text)`,
    },
  ];
}

function literal(value: string): string {
  return value === "true" ? value : JSON.stringify(value);
}

function pythonLiteral(value: string): string {
  return value === "true" ? "True" : JSON.stringify(value);
}

/** As a shell takes it for one word, whatever it is called. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
