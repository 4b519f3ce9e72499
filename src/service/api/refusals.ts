import { PlimsollError } from "../../quantity/error.ts";

/** Refusals that several routes give. */

export const busy = (why: string): PlimsollError =>
  new PlimsollError("PLM_BUSY", {
    field: "service",
    value: why,
    limit: "a service that accepts requests",
    remedy: "Send it again after the time in Retry-After; a command with the same nonce.",
  });

/** An error that says how long to wait. */
export class TooMany extends PlimsollError {
  readonly retryAfterMs: number;

  constructor(field: string, limit: string, retryAfterMs: number) {
    super("PLM_RATE", { field, value: "more", limit, remedy: "Wait, then go on more slowly." });
    this.retryAfterMs = retryAfterMs;
  }
}

export const unknown = (
  field: string,
  value: unknown,
  limit: string,
  remedy: string = `Ask for ${limit}.`,
): PlimsollError => new PlimsollError("PLM_UNKNOWN", { field, value, limit, remedy });

export const noSession = (why: string): PlimsollError =>
  new PlimsollError("PLM_SESSION", {
    field: "authorization",
    value: why,
    limit: "the token of a session",
    remedy: "Open a session with POST /v1/sessions, and send its token.",
  });

/** Where requests and messages are described. */
export type ApiDocument = "/openapi.json" | "/asyncapi.json";

export const wrongField = (
  field: string,
  value: unknown,
  limit: string,
  remedy: string = describedIn("/openapi.json"),
): PlimsollError => new PlimsollError("PLM_FIELD", { field, value, limit, remedy });

export const describedIn = (document: ApiDocument): string => `Send what ${document} describes.`;

export const tooLarge = (field: string, value: unknown, limit: string): PlimsollError =>
  new PlimsollError("PLM_LIMIT", { field, value, limit, remedy: "Send less at once." });
