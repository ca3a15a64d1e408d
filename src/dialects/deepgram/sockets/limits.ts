/** Characters of a text message; no client has as much to say, and reading takes time from the others. */
export const LONGEST_MESSAGE = 65_536;
