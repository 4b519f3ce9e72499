import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PlimsollError } from "../../quantity/error.ts";
import { addressKey, sessionKey, type SigningKey } from "../signatures/index.ts";

/** The keys that a venue's own machine signs with: one address for the offices, one session key per publisher. */
export interface VenueKeys {
  /** Holds the roles admin, operator, risk, treasurer and guardian. A venue with people in those offices gives them to their keys. */
  readonly house: SigningKey;
  readonly publishers: readonly SigningKey[];
}

const publisherCount = 16;
const secretText = /^[0-9a-f]{64}$/;

/**
 * Reads the venue's keys from a file, or makes them: readable by this user alone, never logged.
 *
 * @throws {PlimsollError} `PLM_FILE` when the file isn't one of keys.
 */
export function venueKeys(file: string): VenueKeys {
  if (!existsSync(file)) {
    const secrets = Array.from({ length: 1 + publisherCount }, () => randomBytes(32).toString("hex"));
    writeFileSync(file, `${secrets.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  }
  const secrets = readFileSync(file, "utf8").trim().split("\n");
  if (secrets.length !== 1 + publisherCount || !secrets.every((secret) => secretText.test(secret))) {
    throw unreadable(file);
  }
  const [house = "", ...publishers] = secrets;
  return {
    house: houseKey(house, file),
    publishers: publishers.map((secret) => sessionKey(Buffer.from(secret, "hex"))),
  };
}

/** Not every 32 bytes are a key of that kind. */
function houseKey(secret: string, file: string): SigningKey {
  try {
    return addressKey(Buffer.from(secret, "hex"));
  } catch {
    throw unreadable(file);
  }
}

const unreadable = (file: string): PlimsollError =>
  new PlimsollError("PLM_FILE", {
    field: "keys",
    value: file,
    limit: `${1 + publisherCount} lines of 64 hex digits`,
    remedy: "Restore the file from a copy; the roles of this venue belong to its keys.",
  });
