import {
  deriveBufferMargin,
  deriveCanConvert,
  deriveCanTerminate,
  deriveDiscount,
  deriveInsolventPrice,
  deriveMaxProportion,
  deriveSolventPrice,
  deriveStartFee,
  type DeriveAuctionParams,
} from "../../clearing/peers/derive/auction.ts";
import { type Fields, fieldsAt, flagAt, integerAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { hasShape, namedFields, runVectorCases } from "./derive-cases.ts";
import { type VectorFamily } from "./family.ts";

/** Auction parameters as Derive's files write them. */
export const deriveAuctionParams = (fields: Fields): DeriveAuctionParams => ({
  startingMtMPercentage: integerAt(fields, "startingMtMPercentage"),
  fastAuctionCutoffPercentage: integerAt(fields, "fastAuctionCutoffPercentage"),
  fastAuctionLength: integerAt(fields, "fastAuctionLength"),
  slowAuctionLength: integerAt(fields, "slowAuctionLength"),
  insolventAuctionLength: integerAt(fields, "insolventAuctionLength"),
  liquidatorFeeRate: integerAt(fields, "liquidatorFeeRate", 0n),
  bufferMarginPercentage: integerAt(fields, "bufferMarginPercentage", 0n),
});

function stateOf(params: DeriveAuctionParams, inputs: Fields): Fields {
  const account = {
    maintenanceMargin: integerAt(inputs, "maintenanceMargin"),
    markToMarket: integerAt(inputs, "markToMarket"),
    reservedCash: integerAt(inputs, "reservedCash", 0n),
    mtmCutoff: integerAt(inputs, "mtmCutoff", 0n),
  };
  const elapsed = integerAt(inputs, "secondsElapsed");
  const insolvent = flagAt(inputs, "insolvent");
  const bufferMargin = deriveBufferMargin(params, account.maintenanceMargin, account.markToMarket);
  const discount = insolvent ? null : deriveDiscount(params, elapsed);
  return {
    bufferMargin,
    discount,
    maxProportion: discount === null ? null : (deriveMaxProportion(bufferMargin, account, discount) ?? null),
    bidPrice: insolvent
      ? deriveInsolventPrice(params, account, elapsed)
      : (deriveSolventPrice(params, account, elapsed) ?? null),
    canTerminate: deriveCanTerminate(params, bufferMargin, account, insolvent, elapsed),
    startFee: deriveStartFee(params, bufferMargin, account) ?? null,
    canConvertToInsolvent: deriveCanConvert(params, account, insolvent, elapsed),
  };
}

export const deriveAuctionStates: VectorFamily = {
  family: "derive-auction-states",
  matches: (document) => hasShape(document, ["secondsElapsed", "maintenanceMargin"], ["bufferMargin"]),
  run: (document) =>
    runVectorCases(document, (vector) => ({
      got: stateOf(
        deriveAuctionParams(namedFields(document, "params", vector["params"])),
        fieldsAt(vector, "inputs"),
      ),
      toleranceOf: () => exact,
    })),
};
