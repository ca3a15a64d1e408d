import { expect, test } from "bun:test";
import { columnsOf } from "./columns.ts";

test("a text is as wide as a terminal shows it", () => {
  for (const text of [
    "",
    "plain text",
    "naïve café",
    "e\u0301",
    "日本語",
    "한국어",
    "ｆｕｌｌ",
    "नमस्ते"[0] ?? "",
    "👍",
    "a\u200bb",
    "Привет",
    "中文, and more",
  ])
    expect([text, columnsOf(text)]).toEqual([text, Bun.stringWidth(text)]);
});
