import { type Clearinghouse, type Receipt, type SignedCommand } from "../clearinghouse/index.ts";
import { rejectionUnits } from "../views/index.ts";
import { type ApiLimits } from "./limits.ts";
import { busy, TooMany } from "./refusals.ts";
import { TokenBuckets } from "./token-bucket.ts";

/** Signers, and network addresses, whose pace is remembered. */
const mostSigners = 65_536;

/**
 * Where commands come in, over HTTP and WebSocket alike: bounds each signer's pace. A signer's allowance is only used by what it did
 * sign, so that nobody can use it up with forgeries.
 */
export class CommandDesk {
  readonly #clearinghouse: Clearinghouse;
  readonly #buckets: TokenBuckets;
  readonly #addresses: TokenBuckets;
  readonly #limits: ApiLimits;
  readonly #now: () => number;
  #open = true;

  constructor(clearinghouse: Clearinghouse, limits: ApiLimits, now: () => number) {
    this.#clearinghouse = clearinghouse;
    this.#limits = limits;
    this.#now = now;
    this.#buckets = new TokenBuckets(limits.commandsPerSecond, limits.commandBurst, mostSigners);
    const perMinute = limits.commandRequestsPerMinute;
    this.#addresses = new TokenBuckets(perMinute / 60, Math.max(1, perMinute / 6), mostSigners);
  }

  /** @throws {PlimsollError} as {@link Clearinghouse.submit}; `PLM_RATE` above the signer's pace. */
  async submit(signed: SignedCommand): Promise<Receipt> {
    if (!this.#open) throw busy("closing");
    const { signer } = signed;
    const waitMs = this.#buckets.waitMs(signer, this.#now());
    if (waitMs > 0) {
      const { commandsPerSecond, commandBurst } = this.#limits;
      throw new TooMany(
        "signer",
        `${commandsPerSecond} commands per second, ${commandBurst} at once`,
        waitMs,
      );
    }
    const receipt = await this.#clearinghouse.submit(signed);
    this.#buckets.get(signer, this.#now()).take(this.#now());
    return this.#inUnits(receipt, signed.command);
  }

  #inUnits(receipt: Receipt, command: unknown): Receipt {
    const { rejection } = receipt;
    if (rejection === undefined) return receipt;
    const inUnits = rejectionUnits(this.#clearinghouse.machine.engine, command, rejection);
    return inUnits === undefined ? receipt : { ...receipt, rejection: { ...rejection, inUnits } };
  }

  /**
   * Bounds the commands of one network address over all its connections of the stream, good or bad.
   *
   * @throws {PlimsollError} `PLM_RATE`.
   */
  admit(address: string): void {
    const { commandRequestsPerMinute } = this.#limits;
    const bucket = this.#addresses.get(address, this.#now());
    if (bucket.tryTake(this.#now())) return;
    throw new TooMany(
      "command",
      `${commandRequestsPerMinute} per minute and address`,
      bucket.waitMs(this.#now()),
    );
  }

  /** Refuses what comes from now on. */
  close(): void {
    this.#open = false;
  }
}
