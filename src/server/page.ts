/** The server's own page, which people see who open its address. */
import { type AnyElysia, Elysia } from "elysia";
import { assetFile } from "../assets/assets.ts";
import { VerbatimError } from "../error.ts";
import { onSharedError } from "./errors.ts";

/** Everything comes from here, nothing is inline; recordings that one has chosen are played from memory. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const TYPES: Record<string, string> = {
  "app.js": "text/javascript; charset=utf-8",
  "worklet.js": "text/javascript; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** `/` for browsers, which ask for HTML, and the page's files. Programs get `facts`. */
export function page(facts: () => object): AnyElysia {
  return new Elysia()
    .onError(onSharedError)
    .get(
      "/",
      ({ request }) => {
        const wantsHtml = request.headers.get("accept")?.includes("text/html") ?? false;
        return wantsHtml ? file("index.html", "text/html; charset=utf-8", request) : facts();
      },
      { detail: { hide: true } },
    )
    .get(
      "/page/:file",
      ({ params, request }) => {
        const type = TYPES[params.file];
        if (type === undefined) throw new VerbatimError("not-found", "There is no such file.");
        return file(params.file, type, request);
      },
      { detail: { hide: true } },
    );
}

/** Browsers ask again each time, and get the file again only when it is another one. */
async function file(name: string, type: string, request: Request): Promise<Response> {
  const body = await assetFile("page", name).bytes();
  const tag = `"${Bun.hash(body).toString(36)}"`;
  const headers = {
    "content-type": type,
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    vary: "accept",
    etag: tag,
  };
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
  return new Response(body, { headers });
}
