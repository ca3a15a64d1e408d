/** The command line: which command is meant, its settings and options, its errors and its exit code. */
import { type Loaded, loadSettings } from "../config/load.ts";
import { suggestion } from "../config/suggest.ts";
import { VerbatimError } from "../error.ts";
import { openLog } from "../log/log.ts";
import { type ParsedArguments, parseArguments } from "./argv.ts";
import { type Command, type CommandGroup, type Context, EXIT, isGroup, sectionsOf } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { interruption, interruptionCode } from "./interruption.ts";
import { flushed, openTerminal, type Terminal } from "./terminal.ts";

interface Entry {
  name: string;
  summary: string;
  /** Commands are loaded when they are run: `version` need not wait for a web framework. */
  load(): Promise<Command | CommandGroup>;
}

const entries: readonly Entry[] = [
  {
    name: "serve",
    summary: "Start the server.",
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    name: "transcribe",
    summary: "Write down what is said in files.",
    load: async () => (await import("./transcribe/transcribe.ts")).transcribe,
  },
  {
    name: "listen",
    summary: "Write down what is said, as it is said.",
    load: async () => (await import("./listen/listen.ts")).listen,
  },
  {
    name: "models",
    summary: "List, fetch, make, check and remove models.",
    load: async () => (await import("./models/models.ts")).models,
  },
  {
    name: "jobs",
    summary: "List, deliver again and remove requests with a callback.",
    load: async () => (await import("./jobs/jobs.ts")).jobs,
  },
  {
    name: "doctor",
    summary: "Check this machine and this installation.",
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    name: "tune",
    summary: "Measure what is fastest on this CPU, and remember it.",
    load: async () => (await import("./tune.ts")).tune,
  },
  {
    name: "config",
    summary: "Show the settings and where each comes from.",
    load: async () => (await import("./config.ts")).config,
  },
  {
    name: "migrate",
    summary: "Print a settings file from the variables of an older server.",
    load: async () => (await import("./migrate.ts")).migrate,
  },
  {
    name: "version",
    summary: "Show what this program is made of.",
    load: async () => (await import("./version.ts")).version,
  },
  {
    name: "licenses",
    summary: "Show the licences of what this program contains.",
    load: async () => (await import("./licenses.ts")).licenses,
  },
];

/** Processes that the program starts of itself; they take their own arguments. */
const inner: Record<string, (argv: string[]) => Promise<number>> = {
  engine: async (argv) => (await import("../engine/child.ts")).runEngine(argv),
  variants: async () => (await import("../engine/variants.ts")).runVariants(),
  decoder: async (argv) => (await import("../audio/decoder.ts")).runDecoder(argv),
};

/** Runs a command line; answers with the exit code when everything is written. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const innerCommand = inner[argv[0] ?? ""];
  if (innerCommand) return await innerCommand(argv.slice(1));
  const terminal = openTerminal();
  const code = await dispatch(argv, terminal).catch((thrown: unknown) => {
    terminal.err(`verbatim: ${explain(thrown, wantsDetails(argv))}\n`);
    return exitCodeOf(thrown);
  });
  await flushed();
  return code;
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first = "help", ...rest] = argv;
  if (first === "help" || first === "--help" || first === "-h") return await showHelp(rest, terminal);
  if (first === "--version" || first === "-V") return await dispatch(["version", ...rest], terminal);
  const found = await find(argv);
  if (typeof found === "string") {
    terminal.out(found);
    return EXIT.ok;
  }
  const { command, path, argv: own } = found;
  const parsed = parseArguments(own, { command: path, options: command.options, sections: sectionsOf(command) });
  if (parsed.help) {
    terminal.out(commandHelp(command, path));
    return EXIT.ok;
  }
  return await command.run(contextOf(parsed, terminal));
}

async function showHelp(words: readonly string[], terminal: Terminal): Promise<number> {
  if (words.length === 0) {
    terminal.out(programHelp(entries));
    return EXIT.ok;
  }
  const [name = "", inner] = words;
  const entry = await entryNamed(name).load();
  if (isGroup(entry) && inner !== undefined) terminal.out(commandHelp(innerNamed(entry, inner), words.join(" ")));
  else terminal.out(commandHelp(entry, name));
  return EXIT.ok;
}

interface Found {
  command: Command;
  /** As it is typed: `models pull`. */
  path: string;
  argv: readonly string[];
}

/** The command that is meant; a text of help where only its group is named. */
async function find([name = "", ...rest]: readonly string[]): Promise<Found | string> {
  if (name === "--smoke-test") return { command: (await import("./smoke-test.ts")).smokeTest, path: name, argv: rest };
  const entry = await entryNamed(name).load();
  if (!isGroup(entry)) return { command: entry, path: name, argv: rest };
  const [inner, ...argv] = rest;
  if (inner === undefined || inner === "--help" || inner === "-h") return commandHelp(entry, name);
  return { command: innerNamed(entry, inner), path: `${name} ${inner}`, argv };
}

function entryNamed(name: string): Entry {
  const entry = entries.find((one) => one.name === name);
  if (entry) return entry;
  const known = entries.map((one) => one.name);
  if (name.startsWith("-"))
    throw new VerbatimError(
      "bad-parameter",
      `A command comes first, then options such as ${name}. \`verbatim help\` lists both.`,
    );
  throw new VerbatimError(
    "bad-parameter",
    `There is no command ${name}${suggestion(name, known)} \`verbatim help\` lists them.`,
  );
}

function innerNamed({ name, commands }: CommandGroup, inner: string): Command {
  const command = commands.find((one) => one.name === inner);
  if (command) return command;
  const known = commands.map((one) => one.name);
  const message = `There is no command ${name} ${inner}${suggestion(inner, known, (found) => `${name} ${found}`)}`;
  throw new VerbatimError("bad-parameter", `${message} \`verbatim help ${name}\` lists them.`);
}

function contextOf({ args, options, flags }: ParsedArguments, terminal: Terminal): Context {
  const loaded: Loaded = loadSettings({ flags, file: options.value("config") });
  const { settings } = loaded;
  // Libraries are extracted there before anybody has read settings, in this process and in those that it starts.
  process.env.VERBATIM_CACHE_DIR = settings.cacheDir;
  const log = openLog({ level: settings.logLevel, format: settings.logFormat });
  return {
    settings,
    loaded,
    args,
    options,
    log,
    terminal,
    get signal() {
      return interruption();
    },
  };
}

/** One sentence for a person; everything that is known when the log level is debug. */
function explain(thrown: unknown, details: boolean): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (details) return Bun.inspect(thrown, { colors: false });
  if (thrown instanceof VerbatimError) return thrown.message;
  if (thrown.name === "AbortError") return "Interrupted.";
  return `${thrown.message} (unexpected; --log-level debug shows where)`;
}

/** The settings themselves may be what is wrong, so this looks at the bare words. */
function wantsDetails(argv: readonly string[]): boolean {
  const line = argv.join(" ");
  return /--log-level[= ]debug\b/.test(line) || process.env.VERBATIM_LOG_LEVEL === "debug";
}

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof Error && thrown.name === "AbortError") return interruptionCode() ?? EXIT.failed;
  return thrown instanceof VerbatimError && thrown.code === "bad-parameter" ? EXIT.usage : EXIT.failed;
}
