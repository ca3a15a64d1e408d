import { expect, test } from "bun:test";
import { billOfMaterials } from "./sbom.ts";
import { shippedPackages } from "./shipped.ts";

interface Document {
  packages: {
    SPDXID: string;
    name: string;
    versionInfo?: string;
    licenseConcluded: string;
    downloadLocation: string;
  }[];
  relationships: { relationshipType: string; relatedSpdxElement: string }[];
}

const about = {
  name: "verbatim-linux-x64",
  version: "1.2.3",
  sha256: "ab".repeat(32),
  model: false,
  ffmpeg: undefined,
};
const bill = (wakeWords: boolean) => billOfMaterials({ ...about, wakeWords }, new Date(0)) as Document;

test("names the executable, and everything in it once", () => {
  const document = bill(false);
  expect(document).toMatchObject({ spdxVersion: "SPDX-2.3", creationInfo: { created: "1970-01-01T00:00:00Z" } });
  expect(document.packages[0]).toMatchObject({ versionInfo: "1.2.3", checksums: [{ checksumValue: about.sha256 }] });
  const ids = document.packages.map(({ SPDXID }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  expect(document.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement)).toEqual(ids);
  const versions = new Map(document.packages.map(({ name, versionInfo }) => [name, versionInfo]));
  for (const { name, version } of shippedPackages()) expect([name, versions.get(name)]).toEqual([name, version]);
  expect(versions.get("whisper.cpp and ggml")).toMatch(/^\d+\.\d+\.\d+$/);
  expect(versions.get("ONNX Runtime")).toMatch(/^\d+\.\d+\.\d+$/);
});

test("has a licence expression for each, and the flavour's own parts", () => {
  for (const { name, licenseConcluded, downloadLocation } of bill(true).packages) {
    expect([name, licenseConcluded]).toEqual([
      name,
      expect.stringMatching(/^\(?[A-Z0-9][\w.+-]*( (AND|OR|WITH) [\w.+-]+)*\)?$/i),
    ]);
    expect(downloadLocation).toMatch(/^(NOASSERTION|https:\/\/\S+)$/);
  }
  const names = (wakeWords: boolean) => bill(wakeWords).packages.map(({ name }) => name);
  expect(names(true)).toContain("openWakeWord's models");
  expect(names(false)).not.toContain("openWakeWord's models");
  expect(names(false)).not.toContain("Whisper's weights (base.en)");
});
