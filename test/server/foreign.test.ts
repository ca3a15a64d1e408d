/** A server that is started with the variables of the older ones. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { startTestServer } from "./support.ts";

setDefaultTimeout(60_000);

test("it obeys them, and says once what it does instead", async () => {
  await using server = await startTestServer({
    STT_SERVER_AUTH_ENABLED: "true",
    STT_SERVER_AUTH_TOKEN: "secure-random-token",
    STT_SERVER_CORS_ORIGINS: "https://yourdomain.com",
    STT_BACKEND: "mlx",
    LWM_BATCH_SIZE: "6",
    BATCH_SIZE: "many",
  });
  const models = (token: string) =>
    fetch(`${server.url}/v1/models`, {
      headers: { authorization: `Bearer ${token}`, origin: "https://yourdomain.com" },
    });
  expect((await models("wrong")).status).toBe(401);
  const answer = await models("secure-random-token");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe("https://yourdomain.com");
  const warnings = server.log().filter(({ level }) => level === "warn");
  expect(warnings.map(({ message }) => message)).toEqual([
    "LWM_BATCH_SIZE: windows are decoded as they come; workers sets how many at once.",
    "STT_BACKEND: whisper.cpp computes, on the GPU where this build has one.",
    "BATCH_SIZE must be a whole number from 0 to 64; it is left out.",
  ]);
});
