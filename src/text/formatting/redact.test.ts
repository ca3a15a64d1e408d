import { expect, test } from "bun:test";
import { Redaction } from "./redact.ts";
import type { RedactionKind } from "./sensitive.ts";
import { said, spoken } from "./testing.ts";

const PCI: RedactionKind[] = ["credit-card", "credit-card-expiration", "cvv"];
const hide = (kinds: RedactionKind[], text: string) => said(new Redaction(kinds).apply(spoken(text)));

test.each<[RedactionKind[], string, string]>([
  [PCI, "My card is 4111 1111 1111 1111.", "My card is [CREDIT_CARD_1]."],
  [PCI, "It's 4111-1111-1111-1111, yes", "It's [CREDIT_CARD_1], yes"],
  [PCI, "four one one one, one one one one, one one one one, one one one one", "[CREDIT_CARD_1]"],
  [PCI, "4,111,111,111,111,111", "[CREDIT_CARD_1]"],
  [PCI, "forty-one eleven 1111 eleven-eleven one one one one", "[CREDIT_CARD_1]"],
  [PCI, "expires 05/26 and the CVV is 123.", "expires [CREDIT_CARD_EXPIRATION_1] and the CVV is [CVV_1]."],
  [PCI, "expiration date is May 2026", "expiration date is [CREDIT_CARD_EXPIRATION_1]"],
  [PCI, "it expires oh five twenty six.", "it expires [CREDIT_CARD_EXPIRATION_1]."],
  [PCI, "the security code? Nine eight seven.", "the security code? [CVV_1]."],
  [PCI, "In 2024 I paid 900 dollars.", "In 2024 I paid 900 dollars."],
  [["ssn"], "It's 123-45-6789.", "It's [SSN_1]."],
  [["ssn"], "one two three, four five, six seven eight nine", "[SSN_1]"],
  [["ssn"], "the last four of my social are 6789", "the last four of my social are [SSN_1]"],
  [["phone-number"], "Call (555) 212-4567 or 555 2125.", "Call [PHONE_NUMBER_1] or [PHONE_NUMBER_2]."],
  [["phone-number"], "reach me on +44 20 7946 0958", "reach me on [PHONE_NUMBER_1]"],
  [
    ["email-address"],
    "Mail john at gmail dot com, or Jane@Example.com.",
    "Mail [EMAIL_ADDRESS_1], or [EMAIL_ADDRESS_2].",
  ],
  [["number"], "Room 12 and 123 people, nine hundred dollars", "Room 12 and [NUMBER_1] people, [NUMBER_2] dollars"],
  [["number"], "$1,234.56 for B12345 in 2024", "[NUMBER_1] for [NUMBER_2] in [NUMBER_3]"],
  [["number"], "three point one four", "[NUMBER_1]"],
  [
    ["any-number"],
    "Room 12, the 5th of five; one of them",
    "Room [NUMBER_1], the [NUMBER_2] of [NUMBER_3]; one of them",
  ],
  // The finer kind goes first.
  [
    [...PCI, "ssn", "number"],
    "4111 1111 1111 1111 and 123-45-6789 and 777",
    "[CREDIT_CARD_1] and [SSN_1] and [NUMBER_1]",
  ],
  [[], "4111 1111 1111 1111", "4111 1111 1111 1111"],
])("%p: %s", (kinds, text, hidden) => {
  expect(hide(kinds, text)).toBe(hidden);
});

test("the same number has the same label, however it is spoken", () => {
  expect(hide(PCI, "4111 1111 1111 1111, then 5500 0000 0000 0004. Again: 4111-1111-1111-1111")).toBe(
    "[CREDIT_CARD_1], then [CREDIT_CARD_2]. Again: [CREDIT_CARD_1]",
  );
  expect(hide(["ssn"], "123-45-6789 or 987-65-4320 or one two three four five six seven eight nine")).toBe(
    "[SSN_1] or [SSN_2] or [SSN_1]",
  );
});

test("digits without end are hidden to their end", () => {
  expect(hide(["credit-card"], `${"5 ".repeat(70)}thanks`)).toBe("[CREDIT_CARD_1] [CREDIT_CARD_2] thanks");
});

test("a label lasts as long as what it hides", () => {
  expect(new Redaction(PCI).apply(spoken("card 4111 1111 1111 1111 thanks"))[1]).toEqual({
    text: "[CREDIT_CARD_1]",
    from: 0.5,
    to: 2.5,
    confidence: 0.9,
  });
});

test("digits of other scripts are hidden in every language", () => {
  expect(said(new Redaction(PCI).apply(spoken("بطاقتي ٤١١١ ١١١١ ١١١١ ١١١١"), "ar"))).toBe("بطاقتي [CREDIT_CARD_1]");
});

test("live: a number over two pieces is hidden in both, and other digits are not", () => {
  const redaction = new Redaction(PCI, { live: true });
  const pieces = ["My card is 4111 1111", "1111", "1111 thanks a lot.", "In 2024 1234 people were there in 2025."];
  expect(pieces.map((piece) => said(redaction.apply(spoken(piece))))).toEqual([
    "My card is [CREDIT_CARD_1]",
    "[CREDIT_CARD_2]",
    "[CREDIT_CARD_2] thanks a lot.",
    "In 2024 1234 people were there in 2025.",
  ]);
});

test("live: what a draft hides takes no label from what follows", () => {
  const redaction = new Redaction(["ssn"], { live: true });
  redaction.apply(spoken("it is 123-45-6789 ok"));
  expect(said(redaction.draft().apply(spoken("and 987-65-4320 ok")))).toBe("and [SSN_2] ok");
  expect(said(redaction.apply(spoken("and 987-65-4321 ok")))).toBe("and [SSN_2] ok");
});
