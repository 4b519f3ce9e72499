import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PlimsollError } from "../../quantity/error.ts";
import { addressKey, sessionKey, type SigningKey } from "../signatures/index.ts";

/** Keys of the sample traders, each made from one secret and its own name: a venue that is opened again finds the same people. */
export interface TraderKeys {
  /** An owner's Ethereum account. */
  owner(name: string): SigningKey;
  /** A session key. */
  session(name: string): SigningKey;
}

const secretText = /^[0-9a-f]{64}$/;

/**
 * Reads the secret from a file, or makes it: readable by this user alone, never logged.
 *
 * @throws {PlimsollError} `PLM_FILE` when the file isn't one of these.
 */
export function traderKeys(file: string): TraderKeys {
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  }
  const secret = readFileSync(file, "utf8").trim();
  if (!secretText.test(secret)) {
    throw new PlimsollError("PLM_FILE", {
      field: "traders",
      value: file,
      limit: "64 hex digits",
      remedy: "Remove the file: sample traders with new keys are made.",
    });
  }
  const secretOf = (name: string): Uint8Array => createHash("sha256").update(`${secret} ${name}`).digest();
  return {
    owner: (name) => addressKey(secretOf(`owner ${name}`)),
    session: (name) => sessionKey(secretOf(`session ${name}`)),
  };
}
