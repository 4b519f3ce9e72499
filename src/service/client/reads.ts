import { type RouteName, type RouteTypes } from "../api/protocol/route-types.ts";
import { routes } from "../api/protocol/routes.ts";
import { type Asked, type AskOf, type Http, ServiceError } from "./http.ts";
import { type Sessions } from "./session.ts";
import { backoff, sleep } from "./wait.ts";

/** Routes that only read. */
export type ReadName = Exclude<RouteName, "openSession" | "closeSession" | "submitCommand">;

/** The parts of `T` that must be given. */
type Needed<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** One method per route, by its name in the API document: `reads.margin({ account: 7, mode: "all" })`. */
export type Reads = {
  readonly [N in ReadName]: keyof Needed<AskOf<N>> extends never
    ? (ask?: AskOf<N>) => Promise<RouteTypes[N]["answer"]>
    : (ask: AskOf<N>) => Promise<RouteTypes[N]["answer"]>;
};

/** Routes that answer in pages, newest first. */
export type PagedName = {
  [N in ReadName]: RouteTypes[N]["answer"] extends { readonly rows: readonly unknown[] } ? N : never;
}[ReadName];

export type RowOf<N extends PagedName> = RouteTypes[N]["answer"] extends {
  readonly rows: readonly (infer R)[];
}
  ? R
  : never;

export interface ReaderOptions {
  readonly http: Http;
  readonly sessions: Sessions;
  readonly giveUpMs: number;
}

/** Reads, with the session where a route asks for one, again when the service was busy or away. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #closed: AbortController = new AbortController();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** @throws {ServiceError} */
  async read<N extends ReadName>(name: N, ask: Asked = {}): Promise<RouteTypes[N]["answer"]> {
    const untilMs = performance.now() + this.#options.giveUpMs;
    const waits = backoff(50, 2_000);
    for (;;) {
      try {
        return await this.#once(name, ask);
      } catch (error) {
        if (!(error instanceof ServiceError) || !error.mayRetry) throw error;
        const waitMs = Math.max(error.retryAfterMs ?? 0, waits.next().value);
        if (this.#closed.signal.aborted || performance.now() + waitMs > untilMs) throw error;
        await sleep(waitMs, this.#closed.signal);
      }
    }
  }

  async #once<N extends ReadName>(name: N, ask: Asked): Promise<RouteTypes[N]["answer"]> {
    const { http, sessions } = this.#options;
    if (routes[name].access === "public") return http.request(name, ask);
    const token = await sessions.token();
    try {
      return await http.request(name, ask, { token });
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== "PLM_SESSION") throw error;
      // A service that was restarted knows no sessions of before.
      sessions.drop(token);
      return http.request(name, ask, { token: await sessions.token() });
    }
  }

  /** All methods of {@link Reads}. */
  get methods(): Reads {
    const names = Object.keys(routes).filter(isRead);
    const entries = names.map((name) => [name, (ask?: Asked) => this.read(name, ask)]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a method for each read route
    return Object.fromEntries(entries) as Reads;
  }

  close(): void {
    this.#closed.abort();
  }
}

const isRead = (name: string): name is ReadName =>
  name !== "openSession" && name !== "closeSession" && name !== "submitCommand";
