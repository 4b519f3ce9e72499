import { type Clearinghouse, type Receipt, type SignedCommand } from "../clearinghouse/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type ApiLimits } from "./limits.ts";
import { busy, TooMany } from "./refusals.ts";
import { TokenBuckets } from "./token-bucket.ts";

/** Signers whose pace is remembered. */
const mostSigners = 65_536;

/**
 * Where commands come in, over HTTP and WebSocket alike: bounds each signer's pace. A signer's allowance is only used by what it did
 * sign, so that nobody can use it up with forgeries.
 */
export class CommandDesk {
  readonly #clearinghouse: Clearinghouse;
  readonly #buckets: TokenBuckets;
  readonly #limits: ApiLimits;
  readonly #now: () => number;
  #open = true;

  constructor(clearinghouse: Clearinghouse, limits: ApiLimits, now: () => number) {
    this.#clearinghouse = clearinghouse;
    this.#limits = limits;
    this.#now = now;
    this.#buckets = new TokenBuckets(limits.commandsPerSecond, limits.commandBurst, mostSigners);
  }

  /** @throws {PlimsollError} as {@link Clearinghouse.submit}; `PLM_RATE` above the signer's pace. */
  async submit(signed: SignedCommand): Promise<Receipt> {
    if (!this.#open) throw busy("closing");
    const bucket = this.#buckets.get(signed.signer, this.#now());
    const waitMs = bucket.waitMs(this.#now());
    if (waitMs > 0) {
      const { commandsPerSecond, commandBurst } = this.#limits;
      throw new TooMany(
        "signer",
        `${commandsPerSecond} commands per second, ${commandBurst} at once`,
        waitMs,
      );
    }
    try {
      const receipt = await this.#clearinghouse.submit(signed);
      bucket.take(this.#now());
      return receipt;
    } catch (error) {
      if (!(error instanceof PlimsollError)) bucket.take(this.#now());
      throw error;
    }
  }

  /** Refuses what comes from now on. */
  close(): void {
    this.#open = false;
  }
}
