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
  /** It was ended before its time. */
  readonly hasEnded: boolean;
}

export interface SessionStoreOptions {
  readonly domain: () => SigningDomain;
  readonly now: () => number;
  readonly most: number;
  readonly mostPerSigner: number;
  readonly mostPerAddress: number;
  /** Told of a session that no longer is one, for what goes on with it. */
  readonly onEnded?: (reader: Reader) => void;
}

class OpenSession implements Reader {
  readonly signer: string;
  readonly expiryMs: number;
  /** Network address that it was opened from. */
  readonly address: string;
  hasEnded = false;

  constructor(signer: string, expiryMs: number, address: string) {
    this.signer = signer;
    this.expiryMs = expiryMs;
    this.address = address;
  }
}

/** Sessions' hashes by signer or address, in order of opening. */
class HashesBy {
  readonly #hashes: Map<string, Set<string>> = new Map();

  of(key: string): ReadonlySet<string> {
    return this.#hashes.get(key) ?? new Set();
  }

  add(key: string, hash: string): void {
    const own = this.#hashes.get(key);
    if (own === undefined) this.#hashes.set(key, new Set([hash]));
    else own.add(hash);
  }

  delete(key: string, hash: string): void {
    const own = this.#hashes.get(key);
    own?.delete(hash);
    if (own?.size === 0) this.#hashes.delete(key);
  }
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
  readonly #byHash: Map<string, OpenSession> = new Map();
  readonly #bySigner = new HashesBy();
  readonly #byAddress = new HashesBy();
  readonly #options: SessionStoreOptions;
  readonly #verify = nativeVerifier();

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#byHash.size;
  }

  /**
   * @param address - network address that asks.
   * @throws {PlimsollError} `PLM_SESSION` for times out of bounds or another chain, `PLM_SIGNATURE` for a wrong signature.
   */
  open(request: SessionRequest, address: string): Session {
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
    this.#keep(hashOf(token), new OpenSession(signer, expiryMs, address));
    return { token, signer, expiryMs };
  }

  #keep(hash: string, session: OpenSession): void {
    const { most, mostPerSigner, mostPerAddress } = this.#options;
    const { signer, address } = session;
    this.#dropOldest(this.#bySigner.of(signer), mostPerSigner);
    this.#dropOldest(this.#byAddress.of(address), mostPerAddress);
    if (this.#byHash.size >= most) this.#makeRoom();
    this.#byHash.set(hash, session);
    this.#bySigner.add(signer, hash);
    this.#byAddress.add(address, hash);
  }

  /** Makes room for one more. */
  #dropOldest(hashes: ReadonlySet<string>, most: number): void {
    const [oldest] = hashes;
    if (hashes.size >= most && oldest !== undefined) this.#drop(oldest);
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
    const session = this.#byHash.get(hash);
    if (session === undefined) return;
    session.hasEnded = true;
    this.#byHash.delete(hash);
    this.#bySigner.delete(session.signer, hash);
    this.#byAddress.delete(session.address, hash);
    this.#options.onEnded?.(session);
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

  closeAll(signer: string): void {
    for (const hash of this.#bySigner.of(signer)) this.#drop(hash);
  }
}
