import { type FastifyError } from "fastify";
import { PlimsollError } from "../../quantity/error.ts";
import { type ApiError, type ErrorBody, statusOf, statusOfCode } from "./protocol/errors.ts";
import { TooMany, tooLarge, wrongField } from "./refusals.ts";

/** How an error is answered. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
  /** Whole seconds, with every 429 and 503. */
  readonly retryAfterS?: number;
  /** The service's own trouble: to be logged with its stack. */
  readonly isFault: boolean;
}

const unavailable = new PlimsollError("PLM_UNAVAILABLE", {
  field: "service",
  value: "failed",
  limit: "a service that works",
  remedy: "Ask again after the time in Retry-After; a command with the same nonce.",
});

/** A request that isn't one. */
export const usage = (field: string, value: string, limit: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", {
    field,
    value,
    limit,
    remedy: "Send a request that /openapi.json describes.",
  });

type Headers = { readonly [name in "content-type" | "content-length"]?: string | undefined };

/** What the HTTP framework found wrong, in our words. */
function fromFramework(error: Partial<FastifyError>, headers: Headers): PlimsollError | undefined {
  const { code = "", statusCode = 500 } = error;
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new PlimsollError("PLM_ENCODING", {
      field: "content-type",
      value: headers["content-type"]?.slice(0, 64),
      limit: "application/json",
      remedy: "Send JSON, and say so.",
    });
  }
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return tooLarge("body", "longer", "the limit of its route");
  if (code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH") {
    return wrongField(
      "content-length",
      headers["content-length"],
      "the length of the body",
      "State the length of what is sent, or leave it out.",
    );
  }
  if (code === "FST_ERR_BAD_URL" || code === "FST_ERR_MAX_PARAM_LENGTH") {
    return usage("path", code === "FST_ERR_BAD_URL" ? "malformed" : "too long", "a path of the API");
  }
  return statusCode >= 400 && statusCode < 500
    ? usage("request", code || "malformed", "a request of the API")
    : undefined;
}

/** Every error that a request can meet, as its answer. */
export function answerOf(error: unknown, headers: Headers = {}): ErrorAnswer {
  const known =
    error instanceof PlimsollError
      ? error
      : fromFramework(error instanceof Error ? error : new Error(String(error)), headers);
  if (known === undefined || (statusOfCode[known.code] === undefined && known.code !== "PLM_BUSY")) {
    return { status: 503, body: { error: unavailable.toJSON() }, retryAfterS: 5, isFault: true };
  }
  const status = statusOf(known.code);
  const body = { error: apiError(known) };
  if (known instanceof TooMany) {
    return { status, body, retryAfterS: Math.max(1, Math.ceil(known.retryAfterMs / 1_000)), isFault: false };
  }
  return { status, body, ...(status === 503 ? { retryAfterS: 1 } : {}), isFault: false };
}

/** The same for a WebSocket message. */
export const apiErrorOf = (error: unknown): ApiError => answerOf(error).body.error;

const apiError = (error: PlimsollError): ApiError => error.toJSON();
