/** The server's page in a real browser with a microphone that hears real speech: what it shows, saves and asks for. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { clip } from "../data.ts";
import { plainWords, startTestServer, type TestServer, until } from "../server/support.ts";

const JFK = clip("containers_jfk/jfk.wav");
const axe = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  const executablePath = Bun.which("chromium");
  if (executablePath === null) throw new Error("This test needs Chromium: apt-get install chromium");
  server = await startTestServer();
  browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${JFK.file}%noloop`,
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

interface Visit extends AsyncDisposable {
  page: Page;
  /** Console errors, exceptions, and requests that left the server. */
  complaints: string[];
}

async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1000, height: 800 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(new URL(url).origin) && !asked.startsWith("blob:")) complaints.push(`asks for ${asked}`);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Saves in a format and reads the file. */
async function savedAs(page: Page, within: string, format: string): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent("download");
  await page.click(`${within} button[aria-label="Save as ${format}"]`);
  const download = await coming;
  const folder = mkdtempSync(join(tmpdir(), "verbatim-page-"));
  const path = join(folder, "saved");
  await download.saveAs(path);
  const text = readFileSync(path, "utf8");
  rmSync(folder, { recursive: true });
  return { name: download.suggestedFilename(), text };
}

/** What was said, by the reference: the recording's first words and its last. */
function expectSpeech(text: string): void {
  const words = plainWords(text);
  expect(words).toContain("my fellow american");
  expect(words).toContain("what your country can do for you");
  expect(words).toContain("what you can do for your country");
}

/** Waits until an element's text fits. */
async function shows(page: Page, element: string, pattern: RegExp): Promise<void> {
  await until(async () => pattern.test((await page.textContent(element)) ?? "") || undefined);
}

/** What axe-core finds wrong; the page's policy must be bypassed for it. */
async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe });
  const { violations } = (await page.evaluate("axe.run()")) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

describe("speaking", () => {
  test("captions appear while one speaks, and are saved in every format", async () => {
    await using visited = await visit(`${server.url}/`);
    const { page, complaints } = visited;
    await page.click("#record");
    // Something is there before it is final.
    await shows(page, "#open-words", /\w{2}/);
    await shows(page, "#captions", /for your country/i);
    await page.click("#record");
    await shows(page, "#record", /^Speak$/);
    expectSpeech((await page.textContent("#captions")) ?? "");
    expect(await page.textContent("#latency")).toMatch(/last words shown \d+\.\d\d s after/);
    expectSpeech((await savedAs(page, "#live", "TXT")).text);
    expect((await savedAs(page, "#live", "SRT")).text).toMatch(/^1\n00:00:0\d,\d{3} --> 00:00:/);
    expect((await savedAs(page, "#live", "VTT")).text).toStartWith("WEBVTT\n");
    expect(JSON.parse((await savedAs(page, "#live", "JSON")).text).paragraphs[0].words.length).toBeGreaterThan(3);
    expect(complaints).toEqual([]);
  });

  test("a server that is started again in the middle costs no text", async () => {
    const first = await startTestServer();
    await using visited = await visit(`${first.url}/`);
    const { page } = visited;
    await page.click("#record");
    await shows(page, "#captions", /my fellow/i);
    await first.end("SIGKILL");
    await shows(page, "#live-status", /away/);
    await using _ = await startTestServer({ VERBATIM_PORT: new URL(first.url).port });
    await shows(page, "#captions", /for your country/i);
    await page.click("#record");
    await shows(page, "#record", /^Speak$/);
    expectSpeech((await page.textContent("#captions")) ?? "");
    await first[Symbol.asyncDispose]();
  });

  test("a microphone that is not allowed is explained", async () => {
    await using visited = await visit(`${server.url}/`);
    const { page } = visited;
    await page.evaluate(
      "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
    );
    await page.click("#record");
    await shows(page, "#live-problem", /not allowed/);
    expect(await page.isEnabled("#record")).toBe(true);
  });
});

describe("files", () => {
  test("are sent, written down beside their sound, and saved in every format", async () => {
    await using visited = await visit(`${server.url}/#files`);
    const { page, complaints } = visited;
    await page.setInputFiles("#pick", clip("containers_jfk/jfk.mp3").file);
    await page.waitForSelector(".file[data-state=finished] .word");
    expectSpeech((await page.textContent(".transcript")) ?? "");
    expectSpeech((await savedAs(page, ".file", "TXT")).text);
    const srt = await savedAs(page, ".file", "SRT");
    expect(srt.name).toBe("jfk.srt");
    expectSpeech(srt.text.replaceAll(/^\d.*$/gm, ""));
    expect((await savedAs(page, ".file", "VTT")).text).toStartWith("WEBVTT\n");
    expectSpeech(
      JSON.parse((await savedAs(page, ".file", "JSON")).text)
        .paragraphs.map((one: { text: string }) => one.text)
        .join(" "),
    );
    await page.waitForSelector(".waveform:not([hidden])");
    await page.click(".word >> nth=12");
    await page.waitForSelector(".word.lit");
    await page.click("summary");
    expect(await page.textContent("pre")).toContain(`curl '${server.url}/v1/listen?`);
    expect(complaints).toEqual([]);
  });

  test("that are none say so, and names are text whatever is in them", async () => {
    await using visited = await visit(`${server.url}/#files`);
    const { page } = visited;
    const name = `<img src=x onerror="document.title='owned'">.mp3`;
    await page.setInputFiles("#pick", {
      name,
      mimeType: "audio/mpeg",
      buffer: Buffer.from("PK\u0003\u0004 no audio at all"),
    });
    await page.waitForSelector(".file[data-state=failed]");
    expect(await page.textContent(".file h2")).toBe(name);
    expect((await page.textContent(".file-state"))?.length).toBeGreaterThan(10);
    expect(await page.title()).toBe("Verbatim");
  });
});

describe("the page", () => {
  for (const [scheme, width] of [
    ["light", 1000],
    ["dark", 360],
  ] as const)
    test(`has no barriers: ${scheme}, ${width} pixels`, async () => {
      await using visited = await visit(`${server.url}/`, {
        colorScheme: scheme,
        viewport: { width, height: 800 },
        bypassCSP: true,
      });
      const { page, complaints } = visited;
      for (const tab of ["live", "files", "models", "status"]) {
        await page.click(`#tab-${tab}`);
        if (tab === "files") {
          await page.setInputFiles("#pick", clip("containers_jfk/jfk.wav").file);
          await page.waitForSelector(".file[data-state=finished]");
        }
        if (tab === "models") await page.waitForSelector("#model-rows tr");
        if (tab === "status") await page.waitForSelector("#facts dd");
        expect(await barriers(page)).toEqual([]);
        // Nothing sticks out at the side.
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      }
      expect(complaints).toEqual([]);
    });

  test("works by keyboard", async () => {
    await using visited = await visit(`${server.url}/`);
    const { page } = visited;
    await page.focus("#tab-live");
    await page.keyboard.press("ArrowRight");
    expect(await page.isVisible("#files")).toBe(true);
    await page.keyboard.press("ArrowRight");
    expect(await page.isVisible("#models")).toBe(true);
  });

  test("asks for the key where one is wanted, once, and keeps it out of every address", async () => {
    await using closed = await startTestServer({ VERBATIM_API_KEYS: "a-key-of-some-length" });
    await using visited = await visit(`${closed.url}/#files`);
    const { page } = visited;
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url()));
    await page.waitForSelector("#key-dialog[open]");
    await page.fill("#key", "a-key-of-some-length");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#file-model option", { state: "attached" });
    await page.setInputFiles("#pick", clip("containers_jfk/jfk.wav").file);
    await page.waitForSelector(".file[data-state=finished]");
    await page.click("#tab-live");
    await page.click("#record");
    await shows(page, "#live-status", /Listening/);
    await page.click("#record");
    expect(addresses.filter((address) => address.includes("a-key-of"))).toEqual([]);
  });

  test("works below the folder that a proxy has put the server in", async () => {
    await using based = await startTestServer({ VERBATIM_BASE_PATH: "/stt" });
    await using visited = await visit("about:blank");
    const { page } = visited;
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url()));
    page.on("websocket", (socket) => addresses.push(socket.url()));
    await page.goto(`${based.url}/stt`);
    await page.click("#record");
    await shows(page, "#captions", /for your country/i);
    await page.click("#record");
    await page.click("#tab-files");
    await page.setInputFiles("#pick", clip("containers_jfk/jfk.wav").file);
    await page.waitForSelector(".file[data-state=finished]");
    expect(await page.textContent(".file pre")).toContain(`'${based.url}/stt/v1/listen?`);
    expect(addresses.length).toBeGreaterThan(5);
    const outside = addresses.filter((address) => !/^(http|ws):\/\/[^/]+\/stt(\/|$)/.test(address));
    expect(outside.filter((address) => !address.startsWith("blob:"))).toEqual([]);
  });
});
