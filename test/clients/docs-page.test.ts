/** The API's page in a real browser that reaches nothing but the server: it must show the API, and ask nobody else. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestServer } from "../server/support.ts";

test.each(["", "/stt"])("%s/docs shows every route, and all that it asks for comes from below it", async (base) => {
  const browser = Bun.which("chromium");
  if (browser === null) throw new Error("This test needs Chromium: apt-get install chromium");
  await using server = await startTestServer({ VERBATIM_BASE_PATH: "/stt" });
  const profile = mkdtempSync(join(tmpdir(), "verbatim-browser-"));
  const netLog = join(profile, "net.json");
  try {
    const child = Bun.spawn(
      [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        `--user-data-dir=${profile}`,
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--virtual-time-budget=10000",
        "--enable-logging=stderr",
        `--log-net-log=${netLog}`,
        "--dump-dom",
        `${server.url}${base}/docs`,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const [page, messages] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    await child.exited;
    for (const path of ["/v1/audio/transcriptions", "/v1/models", "/health"])
      expect(page).toContain(`data-path="${path}"`);
    // What the page's policy forbids, or what it threw, the browser says here.
    expect(messages.split("\n").filter((line) => /CONSOLE.*(error|refused|violat)/i.test(line))).toEqual([]);
    // One event a line; what the browser asks for on its own account has another initiator.
    const byPage = readFileSync(netLog, "utf8")
      .split("\n")
      .filter((line) => line.includes(`"initiator":"${server.url}"`))
      .flatMap((line) => /"url":"([^"]*)"/.exec(line)?.[1] ?? []);
    expect(byPage.length).toBeGreaterThan(2);
    for (const url of byPage) expect(url).toStartWith(`${server.url}${base}/`);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});
