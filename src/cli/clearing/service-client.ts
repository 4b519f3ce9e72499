import { readFileSync } from "node:fs";
import { PlimsollError } from "../../quantity/index.ts";
import {
  type Client,
  type ClientKey,
  connect,
  newAddressKey,
  newSessionKey,
} from "../../service/client/index.ts";

/** Which service, and who asks. */
export interface ServiceOptions {
  readonly url?: string;
  /** File with a secret of 64 hex digits on its first line; else the environment's PLIMSOLL_KEY. */
  readonly key?: string;
  /** The secret is a session key's, not an address's. */
  readonly sessionKey?: boolean;
}

export const defaultUrl = "http://127.0.0.1:7300";

const usage = (field: string, value: unknown, limit: string, remedy: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", { field, value, limit, remedy });

function secretOf(file: string | undefined): string | undefined {
  if (file === undefined) return process.env["PLIMSOLL_KEY"];
  try {
    return readFileSync(file, "utf8").split("\n")[0];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usage("--key", file, "a readable file", `Check the path (${why}).`);
  }
}

/** The key that signs. What is wrong with it is told without it. @throws {PlimsollError} `PLM_USAGE`. */
function keyOf({ key: file, sessionKey = false }: ServiceOptions): ClientKey | undefined {
  const secret = secretOf(file)?.trim().replace(/^0x/, "");
  if (secret === undefined || (secret === "" && file === undefined)) {
    if (!sessionKey) return undefined;
    throw usage(
      "--session-key",
      "alone",
      "given with a secret",
      "Name its file with --key, or set PLIMSOLL_KEY.",
    );
  }
  const where = file === undefined ? "PLIMSOLL_KEY" : "--key";
  const wrong = usage(
    where,
    "malformed",
    "64 hex digits that are a key",
    "Put the secret on the first line.",
  );
  if (!/^[0-9a-fA-F]{64}$/.test(secret)) throw wrong;
  try {
    return sessionKey ? newSessionKey(secret) : newAddressKey(secret);
  } catch {
    throw wrong;
  }
}

/** Runs `use` with a client of the service, which is closed afterwards. @throws {PlimsollError} */
export async function withService<T>(
  options: ServiceOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { url = defaultUrl } = options;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw usage("--url", url, "an address such as http://127.0.0.1:7300", "Give the service's address.");
  }
  const key = keyOf(options);
  const client = await connect({ url, giveUpMs: 10_000, ...(key === undefined ? {} : { key }) });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** The account that is asked for, or the key's only one. @throws {PlimsollError} `PLM_USAGE`. */
export async function accountOf(client: Client, asked: string | undefined): Promise<number> {
  if (asked !== undefined) return wholeOf("--account", asked);
  if (client.signer === undefined) {
    throw usage("--key", undefined, "the key that signs", "Name its file, or set PLIMSOLL_KEY.");
  }
  const accounts = (await client.read.accounts()).map(({ account }) => account);
  const [only] = accounts;
  if (only !== undefined && accounts.length === 1) return only;
  const found = accounts.length === 0 ? "none" : accounts.join(", ");
  throw usage("--account", undefined, "one of the key's accounts", `It has ${found}: name one.`);
}

/** @throws {PlimsollError} `PLM_USAGE`. */
export function wholeOf(field: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usage(field, text, "a whole number", "Give its number.");
}
