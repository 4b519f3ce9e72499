import { type FastifyInstance, type FastifyRequest } from "fastify";
import { parseJson } from "../../market/json-text.ts";
import { bodyLimits } from "./protocol/commands.ts";
import { tooLarge } from "./refusals.ts";

/** Deepest nesting of a request. The deepest command has 5. */
export const maxBodyDepth = 16;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Only this command may be long. */
const isDocument = (body: unknown): boolean =>
  isObject(body) && isObject(body["command"]) && body["command"]["type"] === "setRiskDocument";

/** JSON is the only type of bodies: strict, with bounded depth and no key twice. */
export function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    async (request: FastifyRequest, text: string) => {
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
