import { type FastifyInstance } from "fastify";
import { type ApiContext } from "./context.ts";
import { busy } from "./refusals.ts";
import { addressOf } from "./rate-limits.ts";
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
      return sessions.open(body, addressOf(request));
    },
    {
      config: { rateLimit: { max: limits.sessionsPerMinute, groupId: "sessions", keyGenerator: addressOf } },
    },
  );
  serve(app, context, "closeSession", ({ query: { which }, reader, request }) => {
    if (which === "all") sessions.closeAll(reader?.signer ?? "");
    else sessions.close(bearerToken(request.headers.authorization) ?? "");
    return undefined;
  });
}
