import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { replay } from "./replay.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const nonce = "plimsoll";

/** Bare words of the core, and where browsers find them: no bundler. */
const imports = {
  typebox: "/node_modules/typebox/build/index.mjs",
  "@noble/hashes/": "/node_modules/@noble/hashes/",
};

const page = `<!doctype html><meta charset="utf-8"><title>Replay</title><link rel="icon" href="data:,">
<script type="importmap" nonce="${nonce}">${JSON.stringify({ imports })}</script>
<script type="module" nonce="${nonce}">
import * as clearing from "/dist/clearing/index.js";
import * as state from "/dist/clearing/state/index.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { replay } from "/replay.js";
const allows = (what) => {
  try {
    return what() !== undefined;
  } catch {
    return false;
  }
};
const hasWasm = allows(() => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));
const hasEval = allows(() => new Function("return 1")());
const bytes = new Uint8Array(await (await fetch("/journal")).arrayBuffer());
const every = Number(new URLSearchParams(location.search).get("every"));
globalThis.found = { hasWasm, hasEval, replayed: replay({ clearing, state, sha256 }, bytes, every) };
</script>`;

/** What a page may do: `strict` neither compiles WebAssembly nor evaluates text. */
const policies = {
  "/": `default-src 'self'; script-src 'self' 'nonce-${nonce}' 'wasm-unsafe-eval'; img-src data:`,
  "/strict": `default-src 'self'; script-src 'self' 'nonce-${nonce}'; img-src data:`,
} as const;

/** Serves a page that replays a journal with the modules as they were built into `dist`. Closed by the caller. */
export function serveReplay(dist: string, journal: Uint8Array): Promise<{ server: Server; origin: string }> {
  // Its text as it runs here, without types.
  const script = `export ${replay.toString()}`;
  const folders = { "/dist/": dist, "/node_modules/": join(root, "node_modules") };
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const send = (type: string, body: string | Uint8Array): void => {
      response.writeHead(200, { "content-type": type }).end(body);
    };
    if (path === "/" || path === "/strict") {
      response.setHeader("content-security-policy", policies[path]);
      return send("text/html; charset=utf-8", page);
    }
    if (path === "/replay.js") return send("text/javascript", script);
    if (path === "/journal") return send("application/octet-stream", journal);
    for (const [prefix, folder] of Object.entries(folders)) {
      const isScript = [".js", ".mjs"].includes(extname(path));
      if (!path.startsWith(prefix) || !isScript) continue;
      try {
        return send("text/javascript", readFileSync(join(folder, path.slice(prefix.length))));
      } catch {
        break;
      }
    }
    response.writeHead(404).end();
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      resolve({ server, origin: `http://127.0.0.1:${port}` });
    });
  });
}
