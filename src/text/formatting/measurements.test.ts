import { expect, test } from "bun:test";
import { measurements } from "./measurements.ts";
import { said, spoken } from "./testing.ts";

test.each([
  ["Take five milligrams.", "Take 5 mg."],
  ["a milligram of it", "a mg of it"],
  ["five milligrams per deciliter", "5 mg per dL"],
  ["at 60 miles per hour, 3 feet apart", "at 60 mph, 3 ft apart"],
  ["two hundred square feet and 20 degrees Celsius.", "200 sq ft and 20 °C."],
  ["1.5 kilometers, ten micrograms", "1.5 km, 10 mcg"],
  // Without a number these are other words.
  ["my foot is a mile away from the yard", "my foot is a mile away from the yard"],
  ["five, feet", "five, feet"],
  ["the fifth foot", "the fifth foot"],
])("%s → %s", (text, short) => {
  expect(said(measurements(spoken(text), "en"))).toBe(short);
});
