import { secp256k1 } from "@noble/curves/secp256k1.js";
import { addressOfPublicKey } from "./address.ts";

type Point = InstanceType<typeof secp256k1.Point>;

const { Point } = secp256k1;
const { Fn, Fp } = Point;
const halfOrder = Fn.ORDER >> 1n;

interface Known {
  readonly point: Point;
  seen: number;
  tabled: boolean;
}

/** Public keys that are remembered, and those of them with tables of multiples: half a megabyte each, made in 12 ms. */
const mostKnown = 16_384;
const mostTabled = 64;
/** A table saves half a millisecond each time. */
const seenBeforeTable = 24;
const tableWindow = 6;
/** The generator's table is wider, and made when the first address comes. */
const baseWindow = 8;
let baseTabled = false;

/**
 * Verifies Ethereum signatures: 65 bytes r ‖ s ‖ v over a digest, low s, v 27 or 28, so that a digest has one signature that verifies
 * for a signing nonce. The first signature of an address costs a recovery of its public key, which later ones spare; an address that
 * comes often gets a table of multiples of its key.
 */
export class AddressVerifier {
  readonly #known = new Map<string, Known>();
  #tabledCount = 0;

  /** Whether `signature` is the address's over `digest` (32 bytes). Never throws, whatever the bytes. */
  verify(address: string, digest: Uint8Array, signature: Uint8Array): boolean {
    const v = signature[64];
    if (signature.length !== 65 || digest.length !== 32 || (v !== 27 && v !== 28)) return false;
    const r = toBigint(signature, 0);
    const s = toBigint(signature, 32);
    if (r === 0n || r >= Fn.ORDER || s === 0n || s > halfOrder) return false;
    const known = this.#known.get(address);
    return known === undefined
      ? this.#recover(address, digest, signature, v)
      : this.#check(known, digest, r, s, v === 28);
  }

  #recover(address: string, digest: Uint8Array, signature: Uint8Array, v: number): boolean {
    try {
      const point = new secp256k1.Signature(
        toBigint(signature, 0),
        toBigint(signature, 32),
        v - 27,
      ).recoverPublicKey(digest);
      if (addressOfPublicKey(point.toBytes(false)) !== address) return false;
      if (this.#known.size >= mostKnown) this.#forget();
      this.#known.set(address, { point, seen: 1, tabled: false });
      return true;
    } catch {
      return false;
    }
  }

  /** All at once: what matters comes again. */
  #forget(): void {
    this.#known.clear();
    this.#tabledCount = 0;
  }

  /** R = (h·G + r·Q) ÷ s must have the coordinate r and the parity that v names. */
  #check(known: Known, digest: Uint8Array, r: bigint, s: bigint, odd: boolean): boolean {
    if (!baseTabled) {
      Point.BASE.precompute(baseWindow, false);
      baseTabled = true;
    }
    known.seen++;
    if (!known.tabled && known.seen > seenBeforeTable && this.#tabledCount < mostTabled) {
      known.point.precompute(tableWindow, false);
      known.tabled = true;
      this.#tabledCount++;
    }
    const h = toBigint(digest, 0) % Fn.ORDER;
    const inverse = Fn.inv(s);
    const u1 = Fn.mul(h, inverse);
    const u2 = Fn.mul(r, inverse);
    const ofBase = u1 === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(u1);
    const sum = ofBase.add(known.point.multiplyUnsafe(u2));
    if (sum.is0()) return false;
    const { x, y } = sum.toAffine();
    return x === r && Fp.isOdd!(y) === odd;
  }
}

function toBigint(bytes: Uint8Array, at: number): bigint {
  let hex = "0x";
  for (let i = at; i < at + 32; i++) hex += (bytes[i] ?? 0).toString(16).padStart(2, "0");
  return BigInt(hex);
}
