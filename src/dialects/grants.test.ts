import { expect, setSystemTime, test } from "bun:test";
import { Grants } from "./grants.ts";

test("a grant is good for its holder until it expires, with any prefix", () => {
  const grants = new Grants();
  const { token, expiresAt } = grants.issue("key:abc", 30);
  expect(token.split(".")).toHaveLength(3);
  expect(grants.read(token)).toEqual({ client: "key:abc" });
  const about = { language: "fr" };
  expect(grants.read(grants.issue("key:abc", 30, "ek_", about).token)).toEqual({ client: "key:abc", about });
  try {
    setSystemTime(new Date(expiresAt * 1000 + 1));
    expect(grants.read(token)).toBeUndefined();
  } finally {
    setSystemTime();
  }
});

test("what was changed, cut, or made elsewhere is none", () => {
  const grants = new Grants();
  const { token } = grants.issue("key:abc", 30);
  const [head = "", body = "", signature = ""] = token.split(".");
  const longer = JSON.parse(Buffer.from(body, "base64url").toString());
  const forged = Buffer.from(JSON.stringify({ ...longer, exp: longer.exp + 1000 })).toString("base64url");
  for (const wrong of ["", "a.b.c", head, `${head}.${body}`, `${head}.${body}.`, `${head}.${forged}.${signature}`])
    expect(grants.read(wrong)).toBeUndefined();
  expect(new Grants().read(token)).toBeUndefined();
});
