import { createHash, randomBytes } from "node:crypto";
import { type SigningDomain } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { nativeVerifier } from "../signatures/index.ts";
import { type Session, sessionDigest, sessionLimits, type SessionRequest } from "./protocol/sessions.ts";
import { noSession } from "./refusals.ts";

/** Who asks. */
export interface Reader {
  readonly signer: string;
  readonly expiryMs: number;
}

export interface SessionStoreOptions {
  readonly domain: () => SigningDomain;
  readonly now: () => number;
  readonly most: number;
  readonly mostPerSigner: number;
}

const refuse = (field: string, value: unknown, limit: string): PlimsollError =>
  new PlimsollError("PLM_SESSION", {
    field,
    value,
    limit,
    remedy: "Sign a new request for a session, as docs/api.md describes.",
  });

const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64");

/** Sessions in memory. Only hashes of their tokens are kept, so that nothing that leaks from here opens one. */
export class SessionStore {
  readonly #byHash: Map<string, Reader> = new Map();
  readonly #bySigner: Map<string, string[]> = new Map();
  readonly #options: SessionStoreOptions;
  readonly #verify = nativeVerifier();

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#byHash.size;
  }

  /** @throws {PlimsollError} `PLM_SESSION` for times out of bounds or another chain, `PLM_SIGNATURE` for a wrong signature. */
  open(request: SessionRequest): Session {
    const { signer, chainId, issuedMs, expiryMs, signature } = request;
    const nowMs = this.#options.now();
    const domain = this.#options.domain();
    if (chainId !== domain.chainId) throw refuse("chainId", chainId, `${domain.chainId}, this venue's chain`);
    if (Math.abs(issuedMs - nowMs) > sessionLimits.clockSkewMs) {
      throw refuse("issuedMs", issuedMs, `within a minute of the service's clock, ${nowMs}`);
    }
    const latest = issuedMs + sessionLimits.durationMs;
    if (expiryMs <= nowMs || expiryMs > latest)
      throw refuse("expiryMs", expiryMs, `above ${nowMs}, at most ${latest}`);
    const bytes = Buffer.from(signature.slice(2), "hex");
    if (!this.#verify(signer, sessionDigest(request, domain), bytes)) {
      throw new PlimsollError("PLM_SIGNATURE", {
        field: "signature",
        value: "invalid",
        limit: "the signer's signature of this request",
        remedy: "Sign the digest that docs/api.md describes, with the key that `signer` names.",
      });
    }
    const token = randomBytes(32).toString("base64url");
    this.#keep(hashOf(token), { signer, expiryMs });
    return { token, signer, expiryMs };
  }

  #keep(hash: string, reader: Reader): void {
    const own = this.#bySigner.get(reader.signer) ?? [];
    if (own.length >= this.#options.mostPerSigner && own[0] !== undefined) this.#drop(own[0]);
    if (this.#byHash.size >= this.#options.most) this.#makeRoom();
    this.#byHash.set(hash, reader);
    this.#bySigner.set(reader.signer, [...(this.#bySigner.get(reader.signer) ?? []), hash]);
  }

  #makeRoom(): void {
    const nowMs = this.#options.now();
    for (const [hash, { expiryMs }] of this.#byHash) if (expiryMs <= nowMs) this.#drop(hash);
    for (const oldest of this.#byHash.keys()) {
      if (this.#byHash.size < this.#options.most) return;
      this.#drop(oldest);
    }
  }

  #drop(hash: string): void {
    const reader = this.#byHash.get(hash);
    if (reader === undefined) return;
    this.#byHash.delete(hash);
    const left = (this.#bySigner.get(reader.signer) ?? []).filter((other) => other !== hash);
    if (left.length === 0) this.#bySigner.delete(reader.signer);
    else this.#bySigner.set(reader.signer, left);
  }

  /** Whose token it is. @throws {PlimsollError} `PLM_SESSION` if nobody's, or if the session has lapsed. */
  require(token: string): Reader {
    const hash = hashOf(token);
    const reader = this.#byHash.get(hash);
    if (reader === undefined) throw noSession("unknown");
    if (reader.expiryMs > this.#options.now()) return reader;
    this.#drop(hash);
    throw noSession("lapsed");
  }

  close(token: string): void {
    this.#drop(hashOf(token));
  }
}
