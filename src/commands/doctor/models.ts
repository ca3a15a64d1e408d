/** The models that are here, and whether they are whole. */
import { isModelPath, resolveModel } from "../../models/resolve.ts";
import { listStore } from "../../models/store.ts";
import { verifyModel } from "../../models/verify.ts";
import { type Check, type Finding, fail, ok, reasonOf } from "./check.ts";

export const models: Check = {
  name: "models",
  async run(settings, signal) {
    const findings: Finding[] = [];
    const stored = await listStore(settings);
    for (const wanted of new Set([settings.model, ...settings.preload])) {
      if (stored.some(({ id }) => id === wanted)) continue;
      const reason = await resolveModel(wanted, settings, "owner").then(() => undefined, reasonOf);
      if (reason !== undefined) findings.push(fail(reason));
      else if (isModelPath(wanted)) findings.push(ok(`${wanted} can be read`));
    }
    for (const model of stored) {
      const { state, sha256, expected } = await verifyModel(model, settings, { signal });
      const facts = { id: model.id, path: model.path, state, sha256, expected };
      if (state === "wrong")
        findings.push(fail(`${model.id} is damaged: ${model.path}`, `Run: verbatim models pull ${model.id}`, facts));
      else findings.push(ok(`${model.id} (${state}), ${model.path}`, facts));
    }
    return findings;
  },
};
