import { aaveHealth } from "./aave-health.ts";
import { aaveInterest } from "./aave-interest.ts";
import { deriveAuctionStates } from "./derive-auction.ts";
import { deriveCashSequences, deriveInterestModel } from "./derive-lending.ts";
import { deriveLiquidationSequences } from "./derive-liquidation.ts";
import { derivePerpSequences } from "./derive-perpetual.ts";
import { derivePm1Vectors, derivePm2Vectors } from "./derive-pm.ts";
import { deriveBlack76Vectors, deriveFixedMathVectors, deriveSviVectors } from "./derive-pricing.ts";
import { deriveStandardVectors } from "./derive-standard.ts";
import { driftLiquidation } from "./drift-liquidation.ts";
import { driftMarginVectors } from "./drift-margin.ts";
import { driftVamm } from "./drift-vamm.ts";
import { type VectorFamily } from "./family.ts";
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
  deriveLiquidationSequences,
  derivePerpSequences,
  derivePm1Vectors,
  derivePm2Vectors,
  deriveStandardVectors,
  deriveSviVectors,
  driftLiquidation,
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

/** Finds the family of a document by its content; `fileName` only breaks ties. `undefined` when it is of none. */
export const recognise = (document: unknown, fileName: string): VectorFamily | undefined =>
  vectorFamilies.find((candidate) => candidate.matches(document, fileName));
