/** Everything that ships (dependencies and what they bring) has a licence that lets us ship it. */
import { shippedPackages } from "../shipped.ts";

const allowed = new Set([
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Unlicense",
  "CC0-1.0",
  "BlueOak-1.0.0",
]);

/** `(MIT OR GPL-3.0)` is fine when one side is; `A AND B` when both are. */
function fits(expression: string): boolean {
  const bare = expression.replace(/[()]/g, "");
  if (bare.includes(" AND ")) return bare.split(" AND ").every(fits);
  return bare.split(" OR ").some((licence) => allowed.has(licence.trim()));
}

const packages = shippedPackages();
const wrong = packages.filter(({ licence }) => !fits(licence));
for (const { name, version, licence } of wrong) console.error(`No licence to ship ${name}@${version}: ${licence}`);
console.log(`${packages.length} packages`);
process.exit(wrong.length === 0 ? 0 : 1);
