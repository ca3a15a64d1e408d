/** What is shown to the model before it begins: terms to expect, then earlier text. It keeps the last 224 tokens of it. */

export interface PromptParts {
  keyterms?: readonly string[] | undefined;
  prompt?: string | undefined;
}

/** The settings' and the request's terms and prompts as one text; what is said last counts most. */
export function promptText(settings: PromptParts, request: PromptParts): string | undefined {
  const terms = [...(settings.keyterms ?? []), ...(request.keyterms ?? [])].map((term) => term.trim()).filter(Boolean);
  const parts = [[...new Set(terms)].join(", "), settings.prompt?.trim(), request.prompt?.trim()].filter(Boolean);
  // A sentence's end, or the model takes the next words for a part of the list.
  return parts.length === 0
    ? undefined
    : parts.map((part) => (/[\p{P}]$/u.test(part ?? "") ? part : `${part}.`)).join(" ");
}
