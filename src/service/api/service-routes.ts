import { type FastifyInstance } from "fastify";
import { type ApiContext } from "./context.ts";
import { asyncApiDocument } from "./async-api.ts";
import { type HealthAnswer } from "./protocol/documents.ts";
import { serve } from "./serve.ts";

/** Health is asked for by machines that must not be turned away. */
const unlimited = { config: { rateLimit: false } } as const;

/** Clocks are corrected by less all the time. */
const noticedMs = 1_000;

export function serviceRoutes(app: FastifyInstance, context: ApiContext): void {
  const { clearinghouse, metrics, history } = context;
  const degraded = (): string[] => {
    const { clockBehindMs } = clearinghouse;
    return [
      ...(history?.trouble === undefined ? [] : [`history: ${history.trouble}`]),
      ...(clockBehindMs > noticedMs
        ? [`clock: ${Math.round(clockBehindMs / 1_000)} s behind the machine's`]
        : []),
    ];
  };
  const health = (): HealthAnswer => {
    const parts = degraded();
    return {
      status: context.status(),
      sequence: clearinghouse.durableSequence,
      ...(parts.length === 0 ? {} : { degraded: parts }),
    };
  };
  serve(app, context, "live", health, unlimited);
  serve(
    app,
    context,
    "ready",
    ({ reply }) => {
      const answer = health();
      if (answer.status !== "ready") reply.code(503).header("retry-after", "5");
      return answer;
    },
    unlimited,
  );
  serve(
    app,
    context,
    "metrics",
    async ({ reply }) => {
      reply.type(metrics.contentType);
      return metrics.text();
    },
    unlimited,
  );
  let openApi = "";
  serve(app, context, "openApi", () => (openApi ||= JSON.stringify(app.swagger())));
  const asyncApi = JSON.stringify(asyncApiDocument());
  serve(app, context, "asyncApi", () => asyncApi);
}
