import { expect, test } from "bun:test";
import { VerbatimError } from "../error.ts";
import { isReachable } from "./networks.ts";

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:10.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::808:808",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:db8::1",
  "2002:7f00:1::",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "localhost",
  "",
])("%s is not public", (address) => {
  expect(isReachable(address, [])).toBe(false);
});

test.each(["8.8.8.8", "172.15.0.1", "172.32.0.1", "11.0.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])(
  "%s is public",
  (address) => {
    expect(isReachable(address, [])).toBe(true);
  },
);

test("what the operator allows can be reached, and no more than that", () => {
  const allowed = ["10.20.0.0/16", "127.0.0.1", "fd12::/16"];
  expect(isReachable("10.20.1.2", allowed)).toBe(true);
  expect(isReachable("10.21.1.2", allowed)).toBe(false);
  expect(isReachable("127.0.0.1", allowed)).toBe(true);
  expect(isReachable("127.0.0.2", allowed)).toBe(false);
  expect(isReachable("fd12::1", allowed)).toBe(true);
  expect(isReachable("fd13::1", allowed)).toBe(false);
  expect(isReachable("169.254.169.254", ["*"])).toBe(true);
});

test.each(["10.0.0.0/33", "::/129", "example.com/8", "10.0.0.0/x", "10.0.0.0/-1"])("%s is no network", (network) => {
  expect(() => isReachable("10.0.0.1", [network])).toThrow(VerbatimError);
});
