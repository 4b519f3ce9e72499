import { PlimsollError } from "../../quantity/error.ts";
import { type Session } from "../api/protocol/sessions.ts";
import { type Http } from "./http.ts";
import { type Signer } from "./signer.ts";

/** How long a session is asked for, and how long before its end it is renewed. */
const durationMs = 12 * 3_600_000;
const renewMs = 60_000;

/** The session of a key: opened when it is first needed, renewed before it lapses. */
export class Sessions {
  readonly #http: Http;
  readonly #signer: Signer | undefined;
  /** The service's clock. */
  readonly #now: () => number;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;

  constructor(http: Http, signer: Signer | undefined, now: () => number) {
    this.#http = http;
    this.#signer = signer;
    this.#now = now;
  }

  get isPossible(): boolean {
    return this.#signer !== undefined;
  }

  /** @throws {PlimsollError} `PLM_SESSION` without a key; whatever the service says. */
  async token(): Promise<string> {
    const known = this.#session;
    if (known !== undefined && this.#now() < known.expiryMs - renewMs) return known.token;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return (await this.#opening).token;
  }

  async #open(): Promise<Session> {
    if (this.#signer === undefined) {
      throw new PlimsollError("PLM_SESSION", {
        field: "key",
        value: undefined,
        limit: "the key of whoever may read this",
        remedy: "Give `key` to connect().",
      });
    }
    const issuedMs = this.#now();
    const body = await this.#signer.session(issuedMs, issuedMs + durationMs);
    this.#session = await this.#http.request("openSession", {}, { body });
    return this.#session;
  }

  /** Forgets a token that the service no longer takes. */
  drop(token: string): void {
    if (this.#session?.token === token) this.#session = undefined;
  }

  /** Ends the session at the service, if there is one. */
  async end(): Promise<void> {
    const token = this.#session?.token;
    this.#session = undefined;
    if (token !== undefined) await this.#http.request("closeSession", {}, { token });
  }
}
