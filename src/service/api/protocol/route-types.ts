import { type FundAnswer } from "../../fund-sizing/index.ts";
import {
  type AccountLiquidationView,
  type AccountView,
  type AssetView,
  type AuctionFillView,
  type AuctionsView,
  type AuctionView,
  type BookView,
  type DeleveragingView,
  type EndedLiquidationView,
  type FillView,
  type FundChangeView,
  type FundingPaymentView,
  type FundingRateView,
  type InstrumentView,
  type InterestPaymentView,
  type LiquidationsView,
  type MarginCallView,
  type MarginView,
  type OrderView,
  type ParameterView,
  type PoolView,
  type PriceView,
  type SharedLossView,
  type StakesView,
  type TradeView,
  type TransferView,
  type UnderlyingView,
  type WithdrawalView,
} from "../../views/index.ts";
import { type Receipt, type SignedCommand } from "./commands.ts";
import {
  type HealthAnswer,
  type Page,
  type StateProof,
  type StateRoot,
  type VenueAnswer,
} from "./documents.ts";
import { type Session, type SessionRequest } from "./sessions.ts";

/** Of an instrument's routes. */
export interface InstrumentParams {
  readonly name: string;
}
/** Of an account's routes. */
export interface AccountParams {
  readonly account: number;
}
export interface Paging {
  readonly limit?: number;
  readonly before?: string;
  readonly from?: number;
}

/** Of what runs now, by number. */
export interface NumberedPaging {
  readonly from?: number;
  readonly limit?: number;
}

/** What each route takes and answers, by its name. */
export interface RouteTypes {
  venue: { answer: VenueAnswer };
  assets: { answer: readonly AssetView[] };
  underlyings: { answer: readonly UnderlyingView[] };
  instruments: { answer: readonly InstrumentView[] };
  prices: { answer: readonly PriceView[] };
  pools: { answer: readonly PoolView[] };
  instrument: { params: InstrumentParams; answer: InstrumentView };
  book: { params: InstrumentParams; query: { readonly depth?: number }; answer: BookView };
  trades: { params: InstrumentParams; query: Paging; answer: Page<TradeView> };
  funding: { params: InstrumentParams; query: Paging; answer: Page<FundingRateView> };
  parameters: { answer: readonly ParameterView[] };
  liquidations: { query: NumberedPaging; answer: LiquidationsView };
  auctions: { query: NumberedPaging; answer: AuctionsView };
  auction: {
    params: { readonly auction: number };
    query: { readonly share?: number };
    answer: AuctionView;
  };
  fund: { answer: FundAnswer };
  pastLiquidations: { query: Paging; answer: Page<EndedLiquidationView> };
  auctionFills: { query: Paging; answer: Page<AuctionFillView> };
  fundHistory: { query: Paging; answer: Page<FundChangeView> };
  openSession: { body: SessionRequest; answer: Session };
  closeSession: { query: { readonly which?: "own" | "all" }; answer: undefined };
  submitCommand: { body: SignedCommand; answer: Receipt };
  accounts: { answer: readonly AccountView[] };
  account: { params: AccountParams; answer: AccountView };
  orders: { params: AccountParams; answer: readonly OrderView[] };
  withdrawals: { params: AccountParams; answer: readonly WithdrawalView[] };
  allWithdrawals: {
    query: { readonly limit?: number; readonly after?: number };
    answer: readonly WithdrawalView[];
  };
  margin: {
    params: AccountParams;
    query: { readonly mode?: "current" | "isolated" | "cross" | "portfolio" | "all" };
    answer: readonly MarginView[];
  };
  fills: { params: AccountParams; query: Paging; answer: Page<FillView> };
  transfers: { params: AccountParams; query: Paging; answer: Page<TransferView> };
  fundingPayments: { params: AccountParams; query: Paging; answer: Page<FundingPaymentView> };
  interest: { params: AccountParams; query: Paging; answer: Page<InterestPaymentView> };
  settlements: { params: AccountParams; query: Paging; answer: Page<TransferView> };
  marginCalls: { params: AccountParams; query: Paging; answer: Page<MarginCallView> };
  accountLiquidation: { params: AccountParams; answer: AccountLiquidationView };
  stakes: { params: AccountParams; answer: StakesView };
  accountLiquidations: { params: AccountParams; query: Paging; answer: Page<EndedLiquidationView> };
  bids: { params: AccountParams; query: Paging; answer: Page<AuctionFillView> };
  deleveragings: { params: AccountParams; query: Paging; answer: Page<DeleveragingView> };
  sharedLosses: { params: AccountParams; query: Paging; answer: Page<SharedLossView> };
  stateRoot: { answer: StateRoot };
  stateProof: { query: { readonly section?: string; readonly leaf?: number }; answer: StateProof };
  live: { answer: HealthAnswer };
  ready: { answer: HealthAnswer };
  metrics: { answer: string };
  openApi: { answer: Readonly<Record<string, unknown>> };
  asyncApi: { answer: Readonly<Record<string, unknown>> };
}

export type RouteName = keyof RouteTypes;
