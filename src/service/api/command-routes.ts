import { type FastifyInstance } from "fastify";
import { type ApiContext } from "./context.ts";
import { bodyLimits } from "./protocol/commands.ts";
import { addressOf } from "./rate-limits.ts";
import { serve } from "./serve.ts";

export function commandRoutes(app: FastifyInstance, context: ApiContext): void {
  const { desk, limits, metrics } = context;
  serve(
    app,
    context,
    "submitCommand",
    async ({ body, request, reply }) => {
      const receipt = await desk.submit(body);
      const { sequence, outcome, rejection } = receipt;
      request.noted = {
        signer: body.signer,
        sequence,
        outcome,
        ...(rejection ? { code: rejection.code } : {}),
      };
      if (outcome === "rejected") reply.code(422);
      return receipt;
    },
    {
      bodyLimit: bodyLimits.document,
      config: {
        rateLimit: { max: limits.commandRequestsPerMinute, groupId: "commands", keyGenerator: addressOf },
      },
      onError: async (_request, _reply, error) => metrics.refused(error),
    },
  );
}
