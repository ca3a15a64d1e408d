import { expect, test } from "bun:test";
import { Signer } from "./signature.ts";

test("signs as the specification's own example (github.com/standard-webhooks, the libraries' test vector)", () => {
  const signer = new Signer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  expect(signer.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a plain secret is its bytes; the id, the time and every byte of the body count", () => {
  const of = (secret: string, id: string, seconds: number, body: string) =>
    new Signer(secret).headers(id, seconds, body)["webhook-signature"];
  const signature = of("geheim", "a", 1, "é");
  expect(of("geheim", "a", 1, "é")).toBe(signature as string);
  for (const other of [
    of("Geheim", "a", 1, "é"),
    of("geheim", "b", 1, "é"),
    of("geheim", "a", 2, "é"),
    of("geheim", "a", 1, "e"),
  ])
    expect(other).not.toBe(signature as string);
});

test("a secret that is not what it says is refused", () => {
  for (const secret of ["whsec_", "whsec_not base64"])
    expect(() => new Signer(secret)).toThrow("what follows is not base64");
});
