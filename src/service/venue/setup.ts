import { readFileSync } from "node:fs";
import { type Role, type SetRiskDocument } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Machine } from "../clearinghouse/index.ts";
import { type VenueKeys } from "./keys.ts";
import { type OwnSigner } from "./own-signer.ts";

const offices: readonly Role[] = ["operator", "risk", "treasurer", "guardian"];

/** Whether {@link setUpVenue} was done to its end. */
export const isSetUp = ({ engine }: Machine, { publishers }: VenueKeys): boolean =>
  engine.stores.identity.signers.find(publishers.at(-1)?.signer ?? "") >= 0;

/**
 * Gives the house its offices, loads the documents of portfolio margin, and gives the publishers their role, the last one last. After
 * genesis, and again if a crash cut it short: what is done already does no harm.
 */
export async function setUpVenue(
  house: OwnSigner,
  keys: VenueKeys,
  documents: readonly { readonly document: SetRiskDocument["document"]; readonly text: string }[],
): Promise<void> {
  // Those that are sent together are sequenced in their order, and share the disk's flushes.
  const grant = (role: Role, key: string): Promise<unknown> =>
    house.require({ type: "grantRole", role, key, granted: true }, ["alreadyDone"]);
  await Promise.all(offices.map((role) => grant(role, house.key.signer)));
  for (const { document, text } of documents) {
    await house.require({ type: "setRiskDocument", document, text });
  }
  await Promise.all(keys.publishers.map(({ signer }) => grant("publisher", signer)));
}

/**
 * A document without the blanks that make it readable, in ASCII, as the command takes it: the journal holds every byte.
 *
 * @throws {PlimsollError} `PLM_FILE` when it cannot be read, or isn't JSON.
 */
export function compactJson(file: string): string {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new PlimsollError("PLM_FILE", {
      field: "document",
      value: file,
      limit: "a readable file of JSON",
      remedy: `Check the path and what is in it (${error instanceof Error ? error.message : String(error)}).`,
    });
  }
  return JSON.stringify(document).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
