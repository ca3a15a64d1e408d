/** `/v1/projects`: there is one, and whoever may ask may use it. */
import { VerbatimError } from "../../../error.ts";
import { isUuid } from "../model.ts";
import { uuidOf } from "../uuids.ts";

const project = { project_id: uuidOf("project"), name: "Verbatim" };

export function listProjects(): { projects: object[] } {
  return { projects: [project] };
}

/** The project of an id, or the text with which Deepgram answers what is no id at all. Throws `not-found` for another one. */
export function findProject(id: string): object | string {
  if (!isUuid(id)) return `UUID parsing failed: '${id.slice(0, 100)}' is no UUID`;
  if (id.toLowerCase() === project.project_id) return project;
  throw new VerbatimError("not-found", "There is no such project.", { reason: "project" });
}
