import {
  type AccountView,
  type AssetView,
  type BookView,
  type FillView,
  type FundingPaymentView,
  type FundingRateView,
  type InstrumentView,
  type InterestPaymentView,
  type MarginCallView,
  type MarginView,
  type OrderView,
  type PoolView,
  type PriceView,
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
  stateRoot: { answer: StateRoot };
  stateProof: { query: { readonly section?: string; readonly leaf?: number }; answer: StateProof };
  live: { answer: HealthAnswer };
  ready: { answer: HealthAnswer };
  metrics: { answer: string };
  openApi: { answer: Readonly<Record<string, unknown>> };
  asyncApi: { answer: Readonly<Record<string, unknown>> };
}

export type RouteName = keyof RouteTypes;
