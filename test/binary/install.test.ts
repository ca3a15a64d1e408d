/** packaging/install.sh against a release that a server of ours holds, with the executable under test in it. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { thisTarget } from "../../scripts/targets.ts";
import { openHome } from "../run-verbatim.ts";

const script = resolve(import.meta.dir, "../../packaging/install.sh");
const executable = process.env.VERBATIM_TEST_BINARY as string;
const name = `verbatim-${thisTarget().name}`;
const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(executable)).digest("hex");
const sums = `${sha256}  ${name}\n`;
const older = "#!/bin/sh\necho the older one\n";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const [, release, file] = new URL(request.url).pathname.split("/");
    if (!file?.startsWith(name)) return new Response(null, { status: 404 });
    if (file.endsWith(".sha256")) return new Response(sums);
    if (release === "good") return new Response(Bun.file(executable));
    if (release === "damaged") return new Response("#!/bin/sh\necho something else\n");
    return new Response(null, { status: 404 });
  },
});
/** Promises a whole file, and hangs up in the middle of it. */
const cut = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(socket, asked) {
      const isSum = asked.toString().includes(".sha256");
      const length = isSum ? sums.length : 1_000_000;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${isSum ? sums : "#!/bin/sh\necho half\n"}`);
    },
  },
});
afterAll(() => {
  server.stop(true);
  cut.stop(true);
});

/** Runs the script in an empty home; where `--into` points an older executable lies already. */
async function install(args: string[], text = readFileSync(script, "utf8")) {
  using home = openHome();
  const into = join(home.folder, ".local/bin");
  const isUpdate = args.includes("--into");
  const folder = isUpdate ? (args[args.indexOf("--into") + 1] as string).replace("~", home.folder) : into;
  if (isUpdate) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "verbatim"), older, { mode: 0o755 });
  }
  const local = args.map((one) => one.replace("~", home.folder));
  const child = Bun.spawn(["sh", "-s", "--", ...local], {
    stdin: new Blob([text]),
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH ?? "", HOME: home.folder },
  });
  const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  const installed = join(folder, "verbatim");
  const bytes = existsSync(installed) ? readFileSync(installed) : undefined;
  const found = existsSync(folder) ? readdirSync(folder) : [];
  return { code, out, err, bytes, found };
}

test("fetches, checks and installs the executable, and says how to start it", async () => {
  const { code, out, bytes, found } = await install(["--from", `${server.url}good`]);
  expect(out).toMatch(/^verbatim \d/);
  expect(out).toContain("/.local/bin/verbatim serve");
  expect([code, found]).toEqual([0, ["verbatim"]]);
  expect(bytes && new Bun.CryptoHasher("sha256").update(bytes).digest("hex")).toBe(sha256);
});

test("takes an older one's place", async () => {
  const { code, bytes, found } = await install(["--from", `${server.url}good`, "--into", "~/programs"]);
  expect([code, found, bytes?.length]).toEqual([0, ["verbatim"], Bun.file(executable).size]);
});

test.each([
  ["damaged", () => `${server.url}damaged`, /install.sh: verbatim-\S+ is damaged: its checksum is wrong\.\n$/],
  ["cut off", () => `http://127.0.0.1:${cut.port}`, /install.sh: \S+ could not be fetched\.\n$/],
  ["not there", () => `${server.url}none`, /install.sh: \S+ could not be fetched\.\n$/],
])("leaves everything as it was when the download is %s", async (_, from, reason) => {
  const { code, out, err, bytes, found } = await install(["--from", from(), "--into", "~/programs"]);
  expect([code, out, found]).toEqual([1, "", ["verbatim"]]);
  expect(err).toMatch(reason);
  expect(bytes?.toString()).toBe(older);
});

test("runs nothing of a script that came only in part", async () => {
  const text = readFileSync(script, "utf8");
  const whole = text.trimEnd().length;
  for (let length = 0; length < whole; length += length < whole - 20 ? 97 : 1) {
    const { out, bytes } = await install(
      ["--from", `${server.url}good`, "--into", "~/programs"],
      text.slice(0, length),
    );
    // A cut in its last line may leave the call without its arguments.
    expect([length, out, bytes?.toString()]).toEqual([length, "", older]);
  }
});

test("says what it wants", async () => {
  expect(await install([])).toMatchObject({
    code: 1,
    err: "install.sh: --from is wanted: the address of a release.\n",
  });
  expect((await install(["--form", "x"])).err).toStartWith("install.sh: There is no option --form: ");
});
