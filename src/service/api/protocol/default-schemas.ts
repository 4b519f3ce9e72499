import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import {
  type AccountLiquidationView,
  type AuctionFillView,
  type AuctionsView,
  type AuctionView,
  type BidQuoteView,
  type CallableView,
  type DeleveragingView,
  type EndedLiquidationView,
  type FundChangeView,
  type HistoryPlace,
  type LiquidationsView,
  type LiquidationView,
  type LotBalanceView,
  type LotPositionView,
  type OwnLiquidationView,
  type ParameterView,
  type SharedLossView,
  type StakesView,
  type TrancheView,
  type UnstakeView,
} from "../../views/index.ts";
import { type FundAnswer } from "../../fund-sizing/index.ts";
import { fundSizingSchema } from "./fund-schemas.ts";
import { decimal, flag, listOf, object, signedWhole, text, timeMs, whole, word } from "./schema.ts";
import { marginState } from "./view-schemas.ts";

export const auctionType: JsonSchema = word(
  "Whether the account gives a discount, or the fund pays.",
  "solvent",
  "insolvent",
);
export const tranche: JsonSchema = word("Part of the fund.", "market", "protocol", "staked");
const account: JsonSchema = whole("The account in liquidation.");
const next: JsonSchema = whole("Where the next page begins: give it as from.");

const liquidationFields = {
  liquidation: whole("Its number.", 1),
  account,
  stage: word("stepping: small trades; auction: slices of all it holds.", "stepping", "auction"),
  startedMs: timeMs("When it began."),
  startedSequence: whole("The command that it began with.", 1),
  steps: whole("Risk-reducing trades so far."),
  failedSteps: whole("Tries in a row that found no market."),
  lastStepMs: timeMs("When the last step was tried."),
  auction: whole("Number of its auction.", 1),
} satisfies { readonly [F in keyof LiquidationView]-?: JsonSchema };

const liquidationSchema = object<LiquidationView>("An account that is being liquidated.", liquidationFields, [
  "auction",
]);

export const liquidationsSchema: JsonSchema = object<LiquidationsView>(
  "Accounts that are being liquidated, and that could be.",
  {
    liquidations: listOf("By number.", liquidationSchema),
    next,
    callable: listOf(
      "Accounts below their maintenance margin that the machine has not come to yet: callLiquidation begins.",
      object<CallableView>("One of them.", { account: whole("Its number.") }),
    ),
  },
  ["next"],
);

export const quoteSchema: JsonSchema = object<BidQuoteView>("What a bid would come to now.", {
  share: decimal("Of what the account holds, as the bid would be cut. 0: nothing may be taken."),
  sharePpm: whole("The same, ppm."),
  paid: decimal("Net payment of the bidder, in the auction's asset; negative: it receives."),
  paidUnits: signedWhole("The same in units."),
  discount: decimal("What the bidder gets beyond fair value."),
  discountUnits: signedWhole("The same in units."),
  positions: listOf(
    "What it takes over, at the mark.",
    object<LotPositionView>("A position.", {
      instrument: text("Name of the instrument."),
      instrumentIndex: whole("Its number."),
      lots: signedWhole("Negative is short."),
      size: decimal("The same in underlying, or quote currency if inverse."),
      price: decimal("The mark."),
    }),
  ),
  balances: listOf(
    "What it takes over at its price, paid for.",
    object<LotBalanceView>("A balance; negative is a debt.", {
      asset: text("Name of the asset."),
      assetIndex: whole("Its number."),
      units: signedWhole("In units."),
      amount: decimal("The same in whole assets."),
    }),
  ),
});

export const auctionSchema: JsonSchema = object<AuctionView>("An auction as it stands.", {
  auction: whole("Its number, for bids.", 1),
  liquidation: whole("The liquidation that it belongs to."),
  account,
  auctionType,
  asset: text("What bids are paid in."),
  assetIndex: whole("Its number."),
  startMs: timeMs("When its present form began: the price falls with the time since."),
  timeMs: timeMs("Of the figures."),
  equityUsd: decimal("Of the account."),
  maintenanceMarginUsd: decimal("Of the account."),
  price: decimal("What a bidder pays for equity, as a share of it; 0 when insolvent."),
  discountUsd: decimal("What a bidder for all of it would get beyond fair value."),
  largestShare: decimal("Most that one bid may take."),
  quote: quoteSchema,
});

export const auctionsSchema: JsonSchema = object<AuctionsView>(
  "Running auctions, each with a quote for the largest share.",
  { auctions: listOf("By number.", auctionSchema), next },
  ["next"],
);

export const fundSchema: JsonSchema = object<FundAnswer>(
  "The insurance fund.",
  {
    asset: text("What it is kept in: amounts are of it."),
    assetIndex: whole("Its number."),
    balance: decimal("Of all tranches."),
    balanceUnits: signedWhole("The same in units."),
    tranches: listOf(
      "The house's, the staked one, and those of markets.",
      object<TrancheView>(
        "A tranche.",
        {
          tranche,
          instrument: text("Of a market's tranche."),
          instrumentIndex: whole("Its number."),
          account: whole("The house account that it is."),
          balance: decimal("Its balance."),
          balanceUnits: signedWhole("The same in units."),
        },
        ["instrument", "instrumentIndex"],
      ),
    ),
    shares: decimal("Shares of the staked tranche that are out, those in their cooldown included."),
    shareUnits: whole("The same, 1e-6 of one each."),
    shareWorth: decimal("What one share is worth."),
    cooldownMs: whole("From asking for staked money until it is paid, milliseconds."),
    unstakes: whole("Requests that wait for their cooldown."),
    shortfallUsd: decimal("What insolvent accounts lack."),
    uncoveredUsd: decimal("What of that the fund cannot cover."),
    withdrawalsGated: flag(
      "Withdrawals are limited to what each would keep if all shared the uncovered loss.",
    ),
    stakingOpen: flag("False while an insolvency is open: nobody enters or leaves."),
    sizing: fundSizingSchema,
  },
  ["sizing"],
);

export const stakesSchema: JsonSchema = object<StakesView>("What an account has staked.", {
  account: whole("Its number."),
  shares: decimal("Shares that it holds, those in their cooldown aside."),
  shareUnits: whole("The same, 1e-6 of one each."),
  worth: decimal("What they would bring now."),
  worthUnits: whole("The same in units."),
  requests: listOf(
    "In their cooldown.",
    object<UnstakeView>("A request.", {
      unstake: whole("Its number.", 1),
      shares: decimal("Shares."),
      shareUnits: whole("The same, 1e-6 of one each."),
      worth: decimal("What they would bring now."),
      worthUnits: whole("The same in units."),
      dueMs: timeMs("When they are paid, at what they are worth then."),
    }),
  ),
});

export const accountLiquidationSchema: JsonSchema = object<AccountLiquidationView>(
  "How far an account is from a liquidation, or how far in it.",
  {
    account: whole("Its number."),
    state: marginState,
    equityUsd: decimal("Collateral and unrealised profit."),
    maintenanceMarginUsd: decimal("Requirement."),
    warningUsd: decimal("Equity below which there is a warning."),
    targetUsd: decimal("Equity at which a liquidation ends."),
    liquidation: object<OwnLiquidationView>(
      "Its liquidation.",
      {
        ...liquidationFields,
        startEquityUsd: decimal("Equity at its start."),
        startMaintenanceMarginUsd: decimal("Requirement at its start."),
        shortfallUsd: decimal("What it lacked when it was last looked at."),
        wasSolvent: flag("Whether equity was above 0 all the while."),
      },
      ["auction"],
    ),
    auction: auctionSchema,
  },
  ["liquidation", "auction"],
);

const place = {
  sequence: whole("The command that caused it.", 1),
  ordinal: whole("Its place among the command's events."),
  timeMs: timeMs("When."),
} satisfies { readonly [F in keyof HistoryPlace]: JsonSchema };
const asset: JsonSchema = text("Name of the asset.");
const assetIndex: JsonSchema = whole("Its number.");

export const endedLiquidationSchema: JsonSchema = object<EndedLiquidationView>("A liquidation that ended.", {
  ...place,
  liquidation: whole("Its number.", 1),
  account,
  outcome: word(
    "restored: back above its target; closed: nothing left; absorbed: others bore a loss.",
    "restored",
    "closed",
    "absorbed",
  ),
  durationMs: whole("From the breach to its end: settlement finality."),
  commands: whole("The same, commands."),
  wasSolvent: flag("Whether equity was above 0 all the while."),
  steps: whole("Risk-reducing trades."),
});

export const auctionFillSchema: JsonSchema = object<AuctionFillView>("A bid that took a share.", {
  ...place,
  auction: whole("The auction.", 1),
  account,
  share: decimal("Of what the account held."),
  asset,
  assetIndex,
  paid: decimal("Net payment of the bidder; negative: it received."),
  paidUnits: signedWhole("The same in units."),
  discount: decimal("What the bidder got beyond fair value."),
  discountUnits: signedWhole("The same in units."),
});

export const fundChangeSchema: JsonSchema = object<FundChangeView>(
  "Balance of a tranche after it changed.",
  {
    ...place,
    tranche,
    instrument: text("Of a market's tranche."),
    instrumentIndex: whole("Its number."),
    asset,
    assetIndex,
    balance: decimal("After it."),
    balanceUnits: signedWhole("The same in units."),
  },
  ["instrument", "instrumentIndex"],
);

export const deleveragingSchema: JsonSchema = object<DeleveragingView>(
  "A winner's position that was closed against an account in default.",
  {
    ...place,
    liquidation: whole("The liquidation.", 1),
    instrument: text("Name of the instrument."),
    instrumentIndex: whole("Its number."),
    lots: signedWhole("Signed change of the position."),
    size: decimal("The same in underlying, or quote currency if inverse."),
    price: decimal("The mark that it was closed at."),
    asset,
    taken: decimal("What the account gave up towards the shortfall, of that asset."),
    takenUnits: whole("The same in units."),
  },
);

export const sharedLossSchema: JsonSchema = object<SharedLossView>("An account's part of another's loss.", {
  ...place,
  liquidation: whole("The liquidation.", 1),
  asset,
  assetIndex,
  amount: decimal("What it bore."),
  units: whole("The same in units."),
});

export const parameterSchema: JsonSchema = object<ParameterView>("A rule for accounts in default.", {
  parameter: text("Its name, for setParameter."),
  value: whole("In force, in the unit that its name ends with."),
  min: whole("Least."),
  max: whole("Most."),
  change: word("ramp: by steps each minute; notice: an hour after; now: at once.", "ramp", "notice", "now"),
});
