/** Spoken addresses: "john dot smith at gmail dot com" is john.smith@gmail.com, "example dot com slash news" is example.com/news. */
import { keysFrom, type Rule, type Token } from "./rewrite.ts";

const TOP =
  /^(?:com|org|net|edu|gov|mil|int|io|ai|co|app|dev|info|biz|me|tv|us|uk|ca|au|nz|ie|de|fr|nl|be|eu|in|jp|cn|ch|at|se|no|dk|fi|es|pt|it|pl|br|mx|za)$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\-_]*$/u;
/** Whisper often writes the address, or a part of it, by itself. */
const DOMAIN = /^(?:[\p{L}\p{N}][\p{L}\p{N}-]*\.)+\p{L}{2,}$/u;
const JOINTS: ReadonlyMap<string, string> = new Map([
  ["dot", "."],
  ["underscore", "_"],
  ["dash", "-"],
  ["hyphen", "-"],
  ["plus", "+"],
]);
/** "the dot com bubble" names no site. */
const NO_NAME = /^(?:a|an|the|this|that|these|those|of|or|and|my|your|his|her|our|their|one|every|each|dot|at|is)$/;
/** Words before an address that say what it is; without them "look at example dot com" would be one. */
const CONTEXT = /^(?:e-?mail|e-?mails|mail|address|contact|write|reach|send)$/;
const NEAR = 6;
const MOST = 24;

interface Read {
  take: number;
  text: string;
}

export const addresses: Rule = (tokens, at) => {
  const read = email(tokens, at) ?? site(tokens, at);
  return read !== undefined && read.take > 1 ? [read] : undefined;
};

/** The e-mail address that begins at a word, spoken or partly written; `surely` unless every likeness counts. */
export function email(tokens: readonly Token[], at: number, surely = true): Read | undefined {
  const keys = keysFrom(tokens, at, MOST);
  const local = chain(keys, 0, JOINTS);
  if (local === undefined) return undefined;
  const domain = keys[local.take] === "at" ? domainAt(keys, local.take + 1) : undefined;
  if (domain === undefined) return undefined;
  const isMeant =
    !surely ||
    local.take > 1 ||
    /[\d._]/.test(local.text) ||
    tokens.slice(Math.max(0, at - NEAR), at).some(({ key }) => CONTEXT.test(key));
  if (!isMeant || NO_NAME.test(keys[0] ?? "")) return undefined;
  return { take: local.take + 1 + domain.take, text: `${local.text}@${domain.text}` };
}

function site(tokens: readonly Token[], at: number): Read | undefined {
  const keys = keysFrom(tokens, at, MOST);
  if (NO_NAME.test(keys[0] ?? "")) return undefined;
  const domain = domainAt(keys, 0);
  if (domain === undefined) return undefined;
  let { take, text } = domain;
  while (keys[take] === "slash" && NAME.test(keys[take + 1] ?? "")) {
    text += `/${keys[take + 1]}`;
    take += 2;
  }
  return { take, text };
}

/** "mail dot example dot co dot uk", or the same as it is written. */
function domainAt(keys: readonly string[], at: number): Read | undefined {
  const written = keys[at] ?? "";
  if (DOMAIN.test(written) && TOP.test(written.slice(written.lastIndexOf(".") + 1))) return { take: 1, text: written };
  const read = chain(keys, at, new Map([["dot", "."]]));
  if (read === undefined) return undefined;
  // What comes after the last label that ends an address is text again: "example dot com dot".
  const labels = read.text.split(".");
  const end = labels.findLastIndex((label, i) => i > 0 && TOP.test(label));
  return end < 0 ? undefined : { take: end * 2 + 1, text: labels.slice(0, end + 1).join(".") };
}

/** Names with spoken marks between them. */
function chain(keys: readonly string[], at: number, joints: ReadonlyMap<string, string>): Read | undefined {
  const first = keys[at] ?? "";
  if (!NAME.test(first) && !/^[\p{L}\p{N}._+-]+$/u.test(first)) return undefined;
  let text = first;
  let take = 1;
  for (let joint = joints.get(keys[at + take] ?? ""); joint !== undefined; joint = joints.get(keys[at + take] ?? "")) {
    const next = keys[at + take + 1] ?? "";
    if (!NAME.test(next)) break;
    text += `${joint}${next}`;
    take += 2;
  }
  return { take, text };
}
