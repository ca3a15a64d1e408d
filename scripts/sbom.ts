/** The bill of materials of an executable, as SPDX 2.3: what is inside, in which version, under which licence. Made without asking anybody. */
import { shippedPackages } from "./shipped.ts";
import { type Carried, carriedWorks } from "./works.ts";

interface Package {
  SPDXID: string;
  name: string;
  versionInfo?: string;
  downloadLocation: string;
  filesAnalyzed: false;
  licenseConcluded: string;
  licenseDeclared: string;
  copyrightText: string;
  checksums?: { algorithm: "SHA256"; checksumValue: string }[];
  externalRefs?: { referenceCategory: "PACKAGE-MANAGER"; referenceType: "purl"; referenceLocator: string }[];
  primaryPackagePurpose?: "APPLICATION";
}

export interface Executable extends Carried {
  /** Of the file. */
  name: string;
  version: string;
  sha256: string;
}

/** An SPDX document about one executable. */
export function billOfMaterials(executable: Executable, created: Date): object {
  const main: Package = {
    ...described("verbatim", executable.name, "MIT"),
    versionInfo: executable.version,
    checksums: [{ algorithm: "SHA256", checksumValue: executable.sha256 }],
    primaryPackagePurpose: "APPLICATION",
  };
  const works = carriedWorks(executable).map(({ name, version, spdx, home, copyright }, index) => ({
    ...described(`work-${index}`, name, spdx),
    ...(version && { versionInfo: version }),
    downloadLocation: home.split(" ")[0] ?? "NOASSERTION",
    copyrightText: copyright ?? "NOASSERTION",
  }));
  const npm = shippedPackages(["swagger-ui-dist"]).map(({ name, version, licence }, index) => ({
    ...described(`npm-${index}`, name, licence),
    versionInfo: version,
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER" as const,
        referenceType: "purl" as const,
        referenceLocator: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      },
    ],
  }));
  const inside: Package[] = [...works, ...npm];
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: executable.name,
    documentNamespace: `https://spdx.org/spdxdocs/${executable.name}-${executable.version}-${executable.sha256.slice(0, 16)}`,
    creationInfo: { created: `${created.toISOString().slice(0, 19)}Z`, creators: ["Tool: verbatim-build"] },
    packages: [main, ...inside],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: main.SPDXID },
      ...inside.map(({ SPDXID }) => ({
        spdxElementId: main.SPDXID,
        relationshipType: "CONTAINS",
        relatedSpdxElement: SPDXID,
      })),
    ],
  };
}

function described(id: string, name: string, licence: string): Package {
  return {
    SPDXID: `SPDXRef-${id}`,
    name,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: licence,
    licenseDeclared: licence,
    copyrightText: "NOASSERTION",
  };
}
