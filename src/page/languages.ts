import { LANGUAGES } from "../text/languages.ts";

/** Code → name, in the order of the names. */
export const languageNames: Readonly<Record<string, string>> = Object.fromEntries(
  [...LANGUAGES]
    .map(({ code, name }): [string, string] => [code, name.charAt(0).toUpperCase() + name.slice(1)])
    .sort((a, b) => (a[1] < b[1] ? -1 : 1)),
);
