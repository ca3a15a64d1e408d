/** The help texts. */
import { settingsHelp } from "../config/document.ts";
import { COMMON } from "./argv.ts";
import { type Command, type CommandGroup, isGroup, type Option, sectionsOf } from "./command.ts";

/** `verbatim --help` */
export function programHelp(entries: readonly { name: string; summary: string }[]): string {
  return [
    "Verbatim writes down what is said.",
    "",
    "Usage: verbatim COMMAND [OPTIONS]",
    "",
    ...listed(entries),
    "",
    "`verbatim help COMMAND` says more. Settings come from the defaults, the settings file, the environment (VERBATIM_…)",
    "and the command line, each outranking the one before; `verbatim config show` says which.",
    "",
    "Exit codes: 0 done; 1 failed; 2 wrong command line or setting; 130 interrupted.",
    "",
  ].join("\n");
}

/** `verbatim help models` and `verbatim help models pull` */
export function commandHelp(entry: Command | CommandGroup, path: string): string {
  return isGroup(entry) ? groupHelp(entry, path) : oneHelp(entry, path);
}

function groupHelp({ summary, commands }: CommandGroup, path: string): string {
  return `${summary}\n\nUsage: verbatim ${path} COMMAND [OPTIONS]\n\n${listed(commands).join("\n")}\n`;
}

function oneHelp(command: Command, path: string): string {
  const { summary, usage, description, options } = command;
  const ways = usage.map((way, i) => `${i === 0 ? "Usage: " : "       "}verbatim ${path}${way ? ` ${way}` : ""}`);
  const parts = [`${summary}\n\n${ways.join("\n")}\n`];
  if (description) parts.push(`${description}\n`);
  parts.push(`Options:\n${[...options, ...COMMON].map(optionHelp).join("")}`);
  const settings = settingsHelp(sectionsOf(command));
  if (settings) parts.push(settings);
  return parts.join("\n");
}

function optionHelp({ name, short, value, meaning }: Option): string {
  return `  --${name}${value ? ` ${value}` : ""}${short ? `, -${short}` : ""}\n      ${meaning}\n`;
}

function listed(entries: readonly { name: string; summary: string }[]): string[] {
  const width = Math.max(...entries.map(({ name }) => name.length));
  return entries.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
}
