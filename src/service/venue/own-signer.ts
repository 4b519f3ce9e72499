import {
  type Command,
  domainSeparator,
  type DomainSeparator,
  type RejectionCode,
  type SigningDomain,
} from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Clearinghouse, type Receipt } from "../clearinghouse/index.ts";
import { signCommand, type SigningKey } from "../signatures/index.ts";

/** Sends commands of the venue's own keys through the same door as everyone's: signed, and refused if the key may not. */
export class OwnSigner {
  readonly key: SigningKey;
  readonly #house: Clearinghouse;
  readonly #separator: DomainSeparator;
  readonly #chainId: number;
  #nonce: number;

  /** @param now - nonces go on from this clock in microseconds, so that they rise over restarts. */
  constructor(key: SigningKey, house: Clearinghouse, domain: SigningDomain, now: () => number) {
    this.key = key;
    this.#house = house;
    this.#separator = domainSeparator(domain);
    this.#chainId = domain.chainId;
    this.#nonce = Math.floor(now()) * 1_000;
  }

  /** @throws {PlimsollError} as {@link Clearinghouse.submit} does. */
  send(command: Command): Promise<Receipt> {
    const { signer, nonce, deadlineMs, signature } = signCommand(
      this.key,
      command,
      ++this.#nonce,
      0,
      this.#separator,
    );
    const hex = `0x${Buffer.from(signature).toString("hex")}`;
    return this.#house.submit({ signer, nonce, deadlineMs, chainId: this.#chainId, signature: hex, command });
  }

  /**
   * As {@link send}, for what must not be refused, unless for a reason that is fine.
   *
   * @throws {PlimsollError} `PLM_USAGE` with the machine's reason.
   */
  async require(command: Command, fine: readonly RejectionCode[] = []): Promise<Receipt> {
    const receipt = await this.send(command);
    const { rejection } = receipt;
    if (rejection === undefined || fine.includes(rejection.code)) return receipt;
    throw new PlimsollError("PLM_USAGE", {
      field: `${command.type}.${rejection.field}`,
      value: `${rejection.value} (${rejection.code})`,
      limit: String(rejection.limit),
      remedy: rejection.remedy,
    });
  }
}
