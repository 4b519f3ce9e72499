import { type FastifyInstance, type FastifyRequest } from "fastify";
import { parseJson } from "../../market/json-text.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { bodyLimits } from "./protocol/commands.ts";
import { tooLarge } from "./refusals.ts";

/** Deepest nesting of a request. The deepest command has 5. */
export const maxBodyDepth = 16;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Only this command may be long. */
const isDocument = (body: unknown): boolean =>
  isObject(body) && isObject(body["command"]) && body["command"]["type"] === "setRiskDocument";

/** Bodies are taken as they are: one that says it is something else could mean one thing here and another to whatever passed it on. */
function refuseEncodings({ headers }: FastifyRequest): void {
  const charset = /charset\s*=\s*"?([^\s";]*)/i.exec(headers["content-type"] ?? "")?.[1];
  const wrong: readonly (readonly [field: string, value: string | undefined, plain: string])[] = [
    ["content-encoding", headers["content-encoding"], "identity"],
    ["transfer-encoding", headers["transfer-encoding"], "chunked"],
    ["charset", charset, "utf-8"],
  ];
  for (const [field, value, plain] of wrong) {
    if (value === undefined || value.toLowerCase() === plain) continue;
    throw new PlimsollError("PLM_ENCODING", {
      field,
      value,
      limit: plain,
      remedy: "Send the JSON as it is, in UTF-8.",
    });
  }
}

/** JSON is the only type of bodies: strict, with bounded depth and no key twice. */
export function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    async (request: FastifyRequest, text: string) => {
      refuseEncodings(request);
      const isLong = text.length > bodyLimits.other;
      if (isLong && request.headers["content-length"] === undefined) {
        throw tooLarge("body", text.length, `at most ${bodyLimits.other} bytes, or a stated content-length`);
      }
      const body = parseJson(text, { name: "body", maxDepth: maxBodyDepth, maxLength: bodyLimits.document });
      if (isLong && !isDocument(body)) {
        throw tooLarge("body", text.length, `at most ${bodyLimits.other} bytes, except of setRiskDocument`);
      }
      return body;
    },
  );
}
