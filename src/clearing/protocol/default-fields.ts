import { type AuctionType, type DefaultCommand, type Tranche } from "./default-commands.ts";
import { type AuctionEnded, type DefaultEvent, type LiquidationOutcome } from "./default-events.ts";
import { type ChoiceField, type FieldsOfUnion, type IntegerField } from "./field.ts";
import {
  account,
  asset,
  bounds,
  choice,
  count,
  flag,
  instrument,
  integer,
  priceMicros,
  signed,
  time,
  units,
} from "./field-words.ts";

const auctionType: ChoiceField = choice<AuctionType>(
  "Whether the account gives a discount, or the fund pays.",
  {
    solvent: 0,
    insolvent: 1,
  },
);
const tranche: ChoiceField = choice<Tranche>("Part of the insurance fund.", {
  market: 0,
  protocol: 1,
  staked: 2,
});
const ofTranche: IntegerField = integer("The tranche's instrument; 0 for the others.", 0, bounds.index, 0);
const shares: IntegerField = count("Shares of the staked tranche, 1e-6 of one each.", 1);
const share: IntegerField = integer("Share of what the account holds, ppm.", 1, bounds.ppm);
const liquidation: IntegerField = count("The liquidation's number.", 1);
const auction: IntegerField = count("The auction's number.", 1);
const unstake: IntegerField = count("The request's number.", 1);
const equityMicros: IntegerField = signed("Equity in micros of USD.");
const maintenanceMicros: IntegerField = count("Maintenance margin in micros of USD.");

/** Fields of the commands about accounts in default and the insurance fund. */
export const defaultCommandFields: FieldsOfUnion<DefaultCommand> = {
  callLiquidation: { account, target: integer("The account to look at.", 0, bounds.index) },
  bid: {
    account,
    auction,
    sharePpm: share,
    auctionType,
    maxPaidUnits: count("Most that the bidder pays, net, units of the auction's asset.", 0, 0),
    minReceivedUnits: count("Least that the bidder receives, net, units of the auction's asset.", 0, 0),
  },
  stakeFund: { account, units },
  unstakeFund: { account, shares },
  hedgeFund: {
    instrument,
    lots: integer("Signed size in lots: negative sells.", -bounds.lots, bounds.lots),
    priceTicks: integer("Limit in ticks.", 1, bounds.ticks),
  },
  donateFund: { account, tranche, instrument: ofTranche, units },
};

/** Fields of the events about accounts in default and the insurance fund. */
export const defaultEventFields: FieldsOfUnion<DefaultEvent> = {
  liquidationStarted: {
    liquidation,
    account,
    equityMicros,
    maintenanceMicros,
    targetMicros: count("Equity at which it ends, micros of USD."),
  },
  liquidationStepped: {
    liquidation,
    account,
    instrument,
    lots: signed("Signed change of the position in lots."),
    costMicros: signed("Cost against the mark, fees included, micros of USD."),
    feeUnits: count("To the insurance fund, settlement units."),
    equityMicros,
    maintenanceMicros,
  },
  liquidationEnded: {
    liquidation,
    account,
    outcome: choice<LiquidationOutcome>("How it ended.", { restored: 0, closed: 1, absorbed: 2 }),
    durationMs: count("Time since the breach."),
    commands: count("Commands since the breach."),
    wasSolvent: flag("Whether equity was positive all the while."),
    steps: count("Risk-reducing trades made."),
  },
  auctionStarted: { auction, liquidation, account, auctionType, asset, equityMicros, maintenanceMicros },
  auctionReset: { auction, auctionType },
  auctionFilled: {
    auction,
    account,
    bidder: integer("The account that took the share.", 0, bounds.index),
    sharePpm: share,
    asset,
    paidUnits: signed("Net payment of the bidder; negative: it received."),
    discountUnits: signed("What the bidder got beyond fair value."),
  },
  auctionEnded: {
    auction,
    reason: choice<AuctionEnded["reason"]>("Why.", { restored: 0, sold: 1, noBids: 2 }),
  },
  lossCovered: { liquidation, account, asset, units, tranche, instrument: ofTranche },
  deleveraged: {
    liquidation,
    account,
    instrument,
    lots: signed("Signed change of the winner's position in lots."),
    priceMicros: priceMicros("The mark, micros.", 0),
    asset,
    takenUnits: count("What the winner gave up towards the shortfall, units of the asset."),
  },
  lossShared: { liquidation, account, asset, units },
  fundChanged: {
    tranche,
    instrument: ofTranche,
    asset,
    balanceUnits: signed("Balance of the tranche after it."),
  },
  fundStaked: { account, units, shares },
  unstakeRequested: { unstake, account, shares, dueMs: time("End of the cooldown.") },
  fundUnstaked: { unstake, account, shares, units: count("Paid out, settlement units.") },
};
