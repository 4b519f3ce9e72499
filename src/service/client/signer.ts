import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import {
  commandDigest,
  domainSeparator,
  type DomainSeparator,
  type SigningDomain,
  type TypedData,
  typedData,
} from "../../clearing/protocol/eip712.ts";
import { type Command } from "../../clearing/protocol/commands.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { addressKey, sessionKey, type SigningKey } from "../signatures/sign.ts";
import { sessionDigest, type SessionRequest, sessionTypedData } from "../api/protocol/sessions.ts";
import { type SignedCommand } from "../api/protocol/commands.ts";

/** A wallet, which shows what it signs: `signTypedData` is `eth_signTypedData_v4`. */
export interface WalletKey {
  /** Its address, in lower case. */
  readonly signer: string;
  /** `0x` and hex digits of 65 bytes. */
  signTypedData(data: TypedData): Promise<string>;
}

/** Whatever signs: a secret in this program, or a wallet. */
export type ClientKey = SigningKey | WalletKey;

const isWallet = (key: ClientKey): key is WalletKey => "signTypedData" in key;

/** A new Ethereum account, or the one of a secret of 64 hex digits. @throws {PlimsollError} `PLM_DOMAIN`. */
export const newAddressKey = (secret?: string): SigningKey => keyFrom(addressKey, secret);

/**
 * A new session key, or the one of a secret of 64 hex digits. An owner lets it act with `authorizeKey`.
 *
 * @throws {PlimsollError} `PLM_DOMAIN`.
 */
export const newSessionKey = (secret?: string): SigningKey => keyFrom(sessionKey, secret);

function keyFrom(make: (secret: Uint8Array) => SigningKey, hex: string | undefined): SigningKey {
  if (hex === undefined) return make(crypto.getRandomValues(new Uint8Array(32)));
  try {
    return make(hexToBytes(hex.replace(/^0x/, "")));
  } catch {
    // No part of a secret is told.
    throw new PlimsollError("PLM_DOMAIN", {
      field: "secret",
      value: "malformed",
      limit: "64 hex digits that are a key",
      remedy: "Copy the whole secret, and nothing else.",
    });
  }
}

/** Signs for one venue. */
export class Signer {
  readonly key: ClientKey;
  readonly #domain: SigningDomain;
  readonly #separator: DomainSeparator;

  constructor(key: ClientKey, domain: SigningDomain) {
    this.key = key;
    this.#domain = domain;
    this.#separator = domainSeparator(domain);
  }

  async command(command: Command, nonce: number, deadlineMs: number): Promise<SignedCommand> {
    const { key } = this;
    const signature = isWallet(key)
      ? (await key.signTypedData(typedData(command, nonce, deadlineMs, this.#domain))).toLowerCase()
      : `0x${bytesToHex(key.sign(commandDigest(command, nonce, deadlineMs, this.#separator)))}`;
    return { signer: key.signer, nonce, deadlineMs, chainId: this.#domain.chainId, signature, command };
  }

  async session(issuedMs: number, expiryMs: number): Promise<SessionRequest> {
    const { key } = this;
    const { signer } = key;
    const asked = { signer, issuedMs, expiryMs };
    const signature = isWallet(key)
      ? (await key.signTypedData(sessionTypedData(asked, this.#domain))).toLowerCase()
      : `0x${bytesToHex(key.sign(sessionDigest(asked, this.#domain)))}`;
    return { ...asked, chainId: this.#domain.chainId, signature };
  }
}
