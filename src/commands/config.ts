/** `verbatim config …` */
import { exampleFile, settingsMarkdown, settingsSchema } from "../config/document.ts";
import { settingsFile } from "../config/folders.ts";
import { SECTIONS, type Section } from "../config/setting.ts";
import { settingsAsJson, settingsAsText } from "../config/show.ts";
import { type Command, type CommandGroup, EXIT } from "./command.ts";

const show: Command = {
  name: "show",
  summary: "Print each setting, its value and where that comes from.",
  usage: ["[--json] [SETTINGS]"],
  description: "Settings given on this command line are shown too: `verbatim config show --port 9000`.",
  options: [{ name: "json", meaning: "Print JSON." }],
  sections: Object.keys(SECTIONS) as Section[],
  async run({ loaded, options, terminal }) {
    if (options.has("json")) terminal.out(`${JSON.stringify(settingsAsJson(loaded), null, 2)}\n`);
    else terminal.out(settingsAsText(loaded));
    return EXIT.ok;
  },
};

const path: Command = {
  name: "path",
  summary: "Print the path of the settings file.",
  usage: [""],
  options: [],
  sections: [],
  async run({ loaded, terminal }) {
    terminal.out(`${loaded.file ?? settingsFile(process.env)}\n`);
    return EXIT.ok;
  },
};

/** The settings table in another form; it needs no settings of its own. */
function form(name: string, summary: string, text: () => string): Command {
  return {
    name,
    summary,
    usage: [""],
    options: [],
    sections: [],
    async run({ terminal }) {
      terminal.out(text());
      return EXIT.ok;
    },
  };
}

export const config: CommandGroup = {
  name: "config",
  summary: "Show the settings and where each comes from.",
  commands: [
    show,
    path,
    form("example", "Print a settings file with every default, commented out.", exampleFile),
    form(
      "schema",
      "Print the JSON schema of the settings file.",
      () => `${JSON.stringify(settingsSchema(), null, 2)}\n`,
    ),
    form("table", "Print the settings as Markdown tables.", settingsMarkdown),
  ],
};
