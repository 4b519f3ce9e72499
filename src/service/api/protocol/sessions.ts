import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  domainSalt,
  domainSeparator,
  type SigningDomain,
  type TypedData,
} from "../../../clearing/protocol/eip712.ts";
import { signerPattern } from "../../../clearing/protocol/field-words.ts";
import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { object, text, timeMs, whole } from "./schema.ts";

/** Asks for a session: proof that whoever asks holds the signer's key. */
export interface SessionRequest {
  readonly signer: string;
  readonly chainId: number;
  /** When it was signed: within a minute of the service's clock. */
  readonly issuedMs: number;
  /** At most 24 hours later. */
  readonly expiryMs: number;
  /** `0x` and hex digits: 65 bytes for an address, 64 for a session key, over {@link sessionDigest}. */
  readonly signature: string;
}

export interface Session {
  /** Sent as `Authorization: Bearer …`. A secret: whoever has it reads what the signer may read. */
  readonly token: string;
  readonly signer: string;
  readonly expiryMs: number;
}

/** Longest session, and how far its signing may be from the service's clock. */
export const sessionLimits = { durationMs: 86_400_000, clockSkewMs: 60_000 } as const;

const members = [
  { name: "signer", type: "string" },
  { name: "issuedMs", type: "uint64" },
  { name: "expiryMs", type: "uint64" },
] as const;
const encodedType = `Session(${members.map(({ name, type }) => `${type} ${name}`).join(",")})`;

type Signed = Pick<SessionRequest, "signer" | "issuedMs" | "expiryMs">;

/**
 * What is signed to open a session, 32 bytes: the EIP-712 digest of `Session(string signer,uint64 issuedMs,uint64 expiryMs)` in the
 * venue's domain, which is the one of commands. No command's type is named Session, so that neither signature serves for the other.
 */
export function sessionDigest({ signer, issuedMs, expiryMs }: Signed, domain: SigningDomain): Uint8Array {
  const words = new Uint8Array(128);
  const view = new DataView(words.buffer);
  words.set(keccak_256(utf8ToBytes(encodedType)), 0);
  words.set(keccak_256(utf8ToBytes(signer)), 32);
  view.setBigUint64(88, BigInt(issuedMs));
  view.setBigUint64(120, BigInt(expiryMs));
  const preimage = new Uint8Array(66);
  preimage[0] = 0x19;
  preimage[1] = 0x01;
  preimage.set(domainSeparator(domain), 2);
  preimage.set(keccak_256(words), 34);
  return keccak_256(preimage);
}

/** The same for a wallet's `eth_signTypedData_v4`. */
export function sessionTypedData(
  { signer, issuedMs, expiryMs }: Signed,
  { venue, chainId }: SigningDomain,
): TypedData {
  return {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "salt", type: "bytes32" },
      ],
      Session: members,
    },
    primaryType: "Session",
    domain: { name: "Plimsoll", version: "1", chainId, salt: `0x${bytesToHex(domainSalt(venue))}` },
    message: { signer, issuedMs: String(issuedMs), expiryMs: String(expiryMs) },
  };
}

export const sessionRequestSchema: JsonSchema = object<SessionRequest>("A signed request for a session.", {
  signer: { type: "string", description: "Address or session key.", maxLength: 66, pattern: signerPattern },
  chainId: whole("The venue's chain.", 1),
  issuedMs: timeMs("When it was signed: within a minute of the service's clock."),
  expiryMs: timeMs("At most 24 hours after issuedMs."),
  signature: {
    type: "string",
    description:
      "65 bytes (r, s, v) for an address, 64 for a session key, over the EIP-712 digest of Session.",
    maxLength: 132,
    pattern: "^0x([0-9a-f]{128}|[0-9a-f]{130})$",
  },
});

export const sessionSchema: JsonSchema = object<Session>("A session.", {
  token: text("Sent as `Authorization: Bearer`. A secret."),
  signer: text("Who may read with it."),
  expiryMs: timeMs("When it lapses."),
});
