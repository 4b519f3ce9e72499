import { ed25519 } from "@noble/curves/ed25519.js";
import { hexToBytes } from "@noble/hashes/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";

const { Point } = ed25519;
const order = Point.Fn.ORDER;

/**
 * Whether a session key may sign at all: a canonical encoding (RFC 8032) of a point that is not of small order. Libraries differ in
 * whether they accept others; Plimsoll never does.
 */
export function isStrongSessionKey(publicKey: Uint8Array): boolean {
  try {
    return !Point.fromBytes(publicKey, false).isSmallOrder();
  } catch {
    return false;
  }
}

/**
 * Verifies a session key's signature as OpenSSL does, so that Node and browsers agree on every signature there is: s below the group's
 * order, and S·B − k·A encoded equals R byte for byte (no cofactor). Never throws.
 */
export function verifySession(signer: string, digest: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  try {
    const publicKey = hexToBytes(signer);
    if (!isStrongSessionKey(publicKey)) return false;
    const s = littleEndian(signature.subarray(32));
    if (s >= order) return false;
    const hash = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(digest).digest();
    const k = littleEndian(hash) % order;
    const sB = s === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(s);
    const kA = k === 0n ? Point.ZERO : Point.fromBytes(publicKey).multiplyUnsafe(k);
    const expected = sB.subtract(kA).toBytes();
    return expected.every((byte, i) => byte === signature[i]);
  } catch {
    return false;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
