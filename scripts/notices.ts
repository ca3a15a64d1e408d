/** The licences of everything that an executable carries, as one text: `verbatim licenses` prints it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.ts";
import { shippedPackages } from "./shipped.ts";
import { type Carried, carriedWorks } from "./works.ts";

const rule = `\n${"=".repeat(100)}\n`;

/** The text for an executable of this flavour. */
export function notices(carried: Carried): string {
  const usual = readFileSync(join(root, "LICENSE"), "utf8");
  const terms = usual.slice(usual.indexOf("Permission is hereby"));
  const own = `Verbatim\n\n${usual.trim()}\n`;
  const parts = carriedWorks(carried).map(({ name, what, licence, home, copyright, file }) => {
    const usualTerms = !file && licence.startsWith("MIT") ? terms : undefined;
    const text = file && readFileSync(join(root, file), "utf8");
    const words = [copyright, usualTerms, text].filter((one) => one !== undefined).join("\n\n");
    return `${name}: ${what}\n${home}\nLicence: ${licence}\n${words ? `\n${words.trim()}\n` : ""}`;
  });
  const packages = shippedPackages(["swagger-ui-dist"]).map(({ name, version, licence, folder }) => {
    const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const words = texts.map((file) => readFileSync(join(folder, file), "utf8").trim());
    return `${name} ${version}\nLicence: ${licence}\n\n${words.join("\n\n")}\n`;
  });
  return [own, ...parts, ...packages].join(rule);
}
