import { type FastifyInstance } from "fastify";
import { PlimsollError } from "../../quantity/error.ts";
import { type Route, routes, streamPath } from "./protocol/routes.ts";
import { unknown } from "./refusals.ts";

const served: readonly Route[] = Object.values(routes);

const patternOf = ({ path }: Route): RegExp =>
  new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
const patterns = new Map(served.map((route) => [route, patternOf(route)]));

/** Methods that a path serves; none if it isn't a path of the API. */
export const methodsOf = (path: string): readonly string[] =>
  path === streamPath
    ? ["GET"]
    : served.filter((route) => patterns.get(route)?.test(path)).map(({ method }) => method);

/** Typed answers for paths and methods that nothing serves. */
export function answerUnknownPaths(app: FastifyInstance): void {
  app.after(() => {
    app.setNotFoundHandler({ preHandler: app.rateLimit() }, async (request, reply) => {
      const path = request.url.split("?")[0] ?? "";
      const allowed = methodsOf(path);
      if (allowed.length === 0) throw unknown("path", path, "a path of the API", "/openapi.json lists all.");
      reply.header("allow", allowed.join(", "));
      throw new PlimsollError("PLM_METHOD", {
        field: "method",
        value: request.method,
        limit: `one of ${allowed.join(", ")}`,
        remedy: "Use a method that the Allow header names.",
      });
    });
  });
}
