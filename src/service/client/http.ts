import { type Fields } from "../../clearing/protocol/field.ts";
import { PlimsollError, type ErrorCode, errorCodes } from "../../quantity/error.ts";
import { type ApiError } from "../api/protocol/errors.ts";
import { type RouteName, type RouteTypes } from "../api/protocol/route-types.ts";
import { type Route, routes } from "../api/protocol/routes.ts";

/** What a route takes: its path's parameters and its query in one object. */
export type AskOf<N extends RouteName> = (RouteTypes[N] extends { readonly params: infer P } ? P : unknown) &
  (RouteTypes[N] extends { readonly query: infer Q } ? Q : unknown);

/** The same, of any route. */
export type Asked = Readonly<Record<string, string | number | undefined>>;

/** What an error body says; without a message, the facts make one. */
type AnsweredFacts = Omit<ApiError, "message"> & { readonly message?: string };

/** Services quote texts as they show a value. */
const plain = (value: string): string => (/^"[^"\\]*"$/.test(value) ? value.slice(1, -1) : value);

/** An error that the service answered with, or that the client met on the way to it. */
export class ServiceError extends PlimsollError {
  /** HTTP status; 0: no answer. */
  readonly status: number;
  /** How long the service asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(facts: AnsweredFacts, status: number, retryAfterMs: number | undefined) {
    super(facts.code, { ...facts, value: plain(facts.value) });
    if (facts.message !== undefined) this.message = facts.message;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same bytes may do better later. */
  get mayRetry(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCode = (value: unknown): value is ErrorCode =>
  typeof value === "string" && Object.hasOwn(errorCodes, value);

/** The facts of an error body, whatever came. */
export function errorFacts(body: unknown, status: number): AnsweredFacts {
  const error = isRecord(body) && isRecord(body["error"]) ? body["error"] : isRecord(body) ? body : {};
  const { code, field, value, limit, remedy, message } = error;
  const text = (given: unknown, otherwise: string): string => (typeof given === "string" ? given : otherwise);
  return {
    code: isCode(code) ? code : "PLM_UNAVAILABLE",
    field: text(field, "answer"),
    value: text(value, `HTTP ${status}`),
    limit: text(limit, "an answer of the clearing service"),
    remedy: text(remedy, "Check that the address is a clearing service's."),
    ...(typeof message === "string" && isCode(code) ? { message } : {}),
  };
}

export const noAnswer = (what: string, remedy: string): ServiceError =>
  new ServiceError(
    { code: "PLM_UNAVAILABLE", field: "service", value: what, limit: "a service that answers", remedy },
    0,
    undefined,
  );

export interface HttpOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** For one request. */
  readonly timeoutMs: number;
}

/** Longest wait that a `Retry-After` can ask for. */
const mostRetryAfterMs = 60_000;

function retryAfterMs(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get("retry-after") ?? "");
  return seconds > 0 ? Math.min(seconds * 1_000, mostRetryAfterMs) : undefined;
}

/** Fills a route's path, and its query from what is left. */
export function pathOf({ path, params = {}, query = {} }: Route, ask: Asked): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(ask[name])));
  const known: Fields = { ...params, ...query };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(ask)) {
    if (!Object.hasOwn(known, name)) {
      throw new PlimsollError("PLM_USAGE", {
        field: name,
        value,
        limit: `one of ${Object.keys(known).join(", ") || "nothing"}`,
        remedy: "Leave it out.",
      });
    }
    if (Object.hasOwn(query, name) && value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? filled : `${filled}?${text}`;
}

/** One request at a time, each with a time limit; knows nothing of sessions and retries. */
export class Http {
  readonly #options: HttpOptions;
  readonly #aborts: Set<AbortController> = new Set();

  constructor(options: HttpOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, "") };
  }

  /**
   * @returns what the route answers: JSON as it came, text for `metrics`, undefined without a body. A refusal by the machine (422) is an
   *   answer, and so is health that isn't ready (503).
   * @throws {ServiceError}
   */
  async request<N extends RouteName>(
    name: N,
    ask: Asked = {},
    more: { readonly body?: unknown; readonly token?: string | undefined } = {},
  ): Promise<RouteTypes[N]["answer"]> {
    const route = routes[name];
    const { body, token } = more;
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["content-type"] = "application/json";
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    const { status, read, retryMs } = await this.#fetch(pathOf(route, ask), {
      method: route.method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const isAnswer =
      (status >= 200 && status < 300) || status === 422 || (name === "ready" && status === 503);
    if (!isAnswer) throw new ServiceError(errorFacts(read, status), status, retryMs);
    if (status !== 204 && route.answerType === undefined && (typeof read !== "object" || read === null)) {
      throw new ServiceError(errorFacts(undefined, status), status, undefined);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service answers as its document says
    return read as RouteTypes[N]["answer"];
  }

  async #fetch(
    path: string,
    init: RequestInit,
  ): Promise<{ readonly status: number; readonly read: unknown; readonly retryMs: number | undefined }> {
    const { url, fetch, timeoutMs } = this.#options;
    const abort = new AbortController();
    this.#aborts.add(abort);
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const answer = await fetch(`${url}${path}`, { ...init, signal: abort.signal });
      const text = await answer.text();
      const isJson = answer.headers.get("content-type")?.includes("json") === true;
      return { status: answer.status, read: isJson ? parsed(text) : text, retryMs: retryAfterMs(answer) };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw noAnswer(
        abort.signal.aborted
          ? `no answer in ${timeoutMs} ms`
          : cause instanceof Error
            ? cause.message
            : String(cause),
        `Check that a service runs at ${url}.`,
      );
    } finally {
      clearTimeout(timer);
      this.#aborts.delete(abort);
    }
  }

  /** Gives up what is under way. */
  close(): void {
    for (const abort of this.#aborts) abort.abort();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
