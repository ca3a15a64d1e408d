import { expect, test } from "bun:test";
import { connect } from "./connect.ts";

test("an address that does not answer is passed over, and the host is told by its name", async () => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => new Response(request.headers.get("host")),
  });
  try {
    const url = new URL(`http://example.com:${server.port}/`);
    // Nothing listens at the second address of this machine's own network.
    const addresses = ["127.0.0.2", "127.0.0.1"];
    const response = await connect({ url, addresses }, new Headers(), {}, new AbortController().signal);
    expect(await response.text()).toBe(`example.com:${server.port}`);
    const nobody = connect({ url, addresses: ["127.0.0.2"] }, new Headers(), {}, new AbortController().signal);
    expect(await nobody.catch((thrown: unknown) => thrown)).toBeInstanceOf(Error);
  } finally {
    await server.stop(true);
  }
});
