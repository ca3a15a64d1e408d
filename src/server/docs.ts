/** The API's pages. Everything a page needs comes from here: it works offline, and its policy lets it ask nobody else. */
import { type AnyElysia, Elysia } from "elysia";
import { assetFile } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { onSharedError } from "./errors.ts";
import { openApi } from "./openapi.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI writes style attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SCRIPTS: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

/** `up`: from the page's folder to that of the API, wherever a proxy has put both. */
const page = (up: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Verbatim API</title>
<link rel="icon" href="${up}swagger/favicon-32x32.png">
<link rel="stylesheet" href="${up}swagger/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${up}swagger/swagger-ui-bundle.js"></script>
<script src="${up}swagger/start.js"></script>
</body>
</html>
`;

// No validator badge: it would send the document's address to a service on the web.
const start = `const url = new URL("../openapi.json", document.currentScript.src).href;
SwaggerUIBundle({ url, dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
`;

/** `/swagger`, the same as `/docs` and `/redoc`, and `/openapi.json` of `described`. */
export function docs(described: () => AnyElysia, version: string): AnyElysia {
  const html = ({ request }: { request: Request }) =>
    new Response(page(new URL(request.url).pathname.endsWith("/") ? "../" : ""), {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      },
    });
  return (
    new Elysia()
      .onError(onSharedError)
      .get("/swagger", html, { detail: { hide: true } })
      .get("/docs", html, { detail: { hide: true } })
      // Where FastAPI's servers have a second page of the same.
      .get("/redoc", html, { detail: { hide: true } })
      .get("/swagger/start.js", () => served(start, "text/javascript; charset=utf-8"), { detail: { hide: true } })
      .get(
        "/swagger/:file",
        ({ params }) => {
          const type = SCRIPTS[params.file];
          if (type === undefined) throw new VerbatimError("not-found", "There is no such file.");
          return served(assetFile("swagger", params.file), type);
        },
        { detail: { hide: true } },
      )
      .get("/openapi.json", () => openApi(described(), version), { detail: { hide: true } })
  );
}

function served(body: string | Blob, type: string): Response {
  return new Response(body, { headers: { "content-type": type, "cache-control": "max-age=3600" } });
}
