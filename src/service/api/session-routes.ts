import { type FastifyInstance } from "fastify";
import { type ApiContext } from "./context.ts";
import { busy } from "./refusals.ts";
import { serve } from "./serve.ts";

/** The token of an `Authorization: Bearer` header. */
export const bearerToken = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : /^Bearer ([\w-]{1,128})$/i.exec(header)?.[1];

export function sessionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { sessions, limits } = context;
  serve(
    app,
    context,
    "openSession",
    ({ body, request }) => {
      if (context.status() !== "ready") throw busy(context.status());
      request.noted = { signer: body.signer };
      return sessions.open(body);
    },
    { config: { rateLimit: { max: limits.sessionsPerMinute, groupId: "sessions" } } },
  );
  serve(app, context, "closeSession", ({ request }) => {
    sessions.close(bearerToken(request.headers.authorization) ?? "");
    return undefined;
  });
}
