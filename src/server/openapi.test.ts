import { expect, test } from "bun:test";
import { Elysia } from "elysia";
import { openApi } from "./openapi.ts";

test("routes with a description are in the document, by OpenAPI's names for paths", () => {
  const app = new Elysia()
    .get("/models/*", () => "", { detail: { summary: "One" } })
    .post("/jobs/:job/cancel", () => "", { detail: { summary: "Cancel" } })
    .get("/secret", () => "", { detail: { summary: "Not shown", hide: true } })
    .get("/bare", () => "")
    .all("/models/*", () => "");
  const { paths } = openApi(app, "1.2.3") as {
    paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
  };
  expect(Object.entries(paths).map(([path, methods]) => [path, Object.keys(methods)])).toEqual([
    ["/models/{id}", ["get"]],
    ["/jobs/{job}/cancel", ["post"]],
  ]);
  expect(paths["/jobs/{job}/cancel"]?.post?.parameters.map(({ name }) => name)).toEqual(["job"]);
});
