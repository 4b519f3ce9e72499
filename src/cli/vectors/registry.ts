import { aaveHealth } from "./aave-health.ts";
import { aaveInterest } from "./aave-interest.ts";
import { deriveAuctionStates } from "./derive-auction.ts";
import { deriveCashSequences, deriveInterestModel } from "./derive-lending.ts";
import { derivePerpSequences } from "./derive-perpetual.ts";
import { derivePm1Vectors, derivePm2Vectors } from "./derive-pm.ts";
import { deriveBlack76Vectors, deriveFixedMathVectors, deriveSviVectors } from "./derive-pricing.ts";
import { deriveStandardVectors } from "./derive-standard.ts";
import { driftMarginVectors } from "./drift-margin.ts";
import { driftVamm } from "./drift-vamm.ts";
import { type VectorFamily } from "./family.ts";
import { laterFamilies } from "./later-families.ts";
import { makerAbaci, makerClip } from "./maker-auctions.ts";
import { mangoHealthVectors } from "./mango-health.ts";
import { morphoBlue } from "./morpho-blue.ts";
import { morphoIrm } from "./morpho-irm.ts";
import { perpV1Pricing, perpV1Sequence } from "./perp-v1.ts";
import { publishedExamples } from "./published-examples.ts";

/** The families that `plimsoll vectors` runs. The first whose `matches` accepts a document runs it. */
export const vectorFamilies: readonly VectorFamily[] = [
  aaveHealth,
  aaveInterest,
  deriveAuctionStates,
  deriveBlack76Vectors,
  deriveCashSequences,
  deriveFixedMathVectors,
  deriveInterestModel,
  derivePerpSequences,
  derivePm1Vectors,
  derivePm2Vectors,
  deriveStandardVectors,
  deriveSviVectors,
  driftMarginVectors,
  driftVamm,
  makerAbaci,
  makerClip,
  mangoHealthVectors,
  morphoBlue,
  morphoIrm,
  perpV1Pricing,
  perpV1Sequence,
  publishedExamples,
];

/** What a parsed document is: a family to run, one of later work, or neither. */
export type Recognition =
  | { readonly kind: "family"; readonly family: VectorFamily }
  | { readonly kind: "later"; readonly family: string }
  | { readonly kind: "unknown" };

/** Finds the family of a document by its content; `fileName` only breaks ties. */
export function recognise(document: unknown, fileName: string): Recognition {
  const family = vectorFamilies.find((candidate) => candidate.matches(document, fileName));
  if (family) return { kind: "family", family };
  const later = laterFamilies.find((candidate) => candidate.matches(document, fileName));
  return later ? { kind: "later", family: later.family } : { kind: "unknown" };
}
