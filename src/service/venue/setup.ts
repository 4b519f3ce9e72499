import { readFileSync } from "node:fs";
import { type Role, type SetRiskDocument } from "../../clearing/index.ts";
import { type VenueKeys } from "./keys.ts";
import { type OwnSigner } from "./own-signer.ts";

const offices: readonly Role[] = ["operator", "risk", "treasurer", "guardian"];

/** Gives the house its offices and the publishers theirs, and loads the documents of portfolio margin. Once, after genesis. */
export async function setUpVenue(
  house: OwnSigner,
  keys: VenueKeys,
  documents: readonly { readonly document: SetRiskDocument["document"]; readonly text: string }[],
): Promise<void> {
  for (const role of offices) {
    await house.require({ type: "grantRole", role, key: house.key.signer, granted: true });
  }
  for (const { signer } of keys.publishers) {
    await house.require({ type: "grantRole", role: "publisher", key: signer, granted: true });
  }
  for (const { document, text } of documents)
    await house.require({ type: "setRiskDocument", document, text });
}

/** A document without the blanks that make it readable, in ASCII, as the command takes it: the journal holds every byte. */
export const compactJson = (file: string): string =>
  JSON.stringify(JSON.parse(readFileSync(file, "utf8"))).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
