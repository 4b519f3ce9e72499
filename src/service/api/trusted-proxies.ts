import { isIP } from "node:net";
import { PlimsollError } from "../../quantity/error.ts";

/** Names of whole ranges: this machine's own addresses, those of one link, those that the internet does not route. */
const namedRanges = ["loopback", "linklocal", "uniquelocal"];

/** An address, or a range of them: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. Not everybody: a range has a prefix of one bit at least. */
function isTrustable(entry: string): boolean {
  if (namedRanges.includes(entry)) return true;
  const [address = "", prefix, ...more] = entry.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = Number(prefix);
  return /^\d{1,3}$/.test(prefix) && bits >= 1 && bits <= (version === 4 ? 32 : 128);
}

/**
 * Whose `X-Forwarded-For` is believed: addresses of proxies, one each or separated by commas.
 *
 * @throws {PlimsollError} `PLM_USAGE` for what is neither an address nor a range, and when there is none.
 */
export function trustedProxies(given: string | readonly string[], field: string = "trustProxy"): string[] {
  const entries = (typeof given === "string" ? [given] : given).flatMap((each) => each.split(","));
  const proxies = entries.map((entry) => entry.trim());
  const wrong = proxies.length === 0 ? "" : proxies.find((entry) => !isTrustable(entry));
  if (wrong === undefined) return proxies;
  throw new PlimsollError("PLM_USAGE", {
    field,
    value: wrong,
    limit: `an address (10.0.0.7), a range (10.0.0.0/8) or one of ${namedRanges.join(", ")}`,
    remedy: "Name the addresses that the proxies ask from, separated by commas, or leave it out.",
  });
}
