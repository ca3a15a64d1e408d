/** Text in lines of a terminal: the last ones, for what was said last matters most. */

/** The last lines, at most so many, of a text broken at spaces; what is longer than a line, or has no spaces, is broken anywhere. */
export function wrapTail(text: string, columns: number, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<= )/)) {
    if (Bun.stringWidth((line + word).trimEnd()) <= columns) {
      line += word;
      continue;
    }
    if (line !== "") lines.push(line.trimEnd());
    line = "";
    for (const character of word) {
      if (Bun.stringWidth(line + character) > columns && character !== " ") {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  if (line.trim() !== "") lines.push(line.trimEnd());
  return lines.slice(-most);
}
