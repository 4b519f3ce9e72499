import { type Fields } from "../../../clearing/protocol/field.ts";
import {
  bounds,
  choice,
  count,
  integer,
  name,
  text as textField,
  time,
} from "../../../clearing/protocol/field-words.ts";
import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import * as defaults from "./default-schemas.ts";
import { receiptSchema, signedCommandSchema } from "./commands.ts";
import {
  healthSchema,
  marginSchema,
  pageOf,
  stateProofSchema,
  stateRootSchema,
  venueSchema,
} from "./documents.ts";
import { type RouteName } from "./route-types.ts";
import { listOf } from "./schema.ts";
import { sessionRequestSchema, sessionSchema } from "./sessions.ts";
import * as views from "./view-schemas.ts";

/** Who may ask. */
export type Access =
  /** Anyone. */
  | "public"
  /** Whoever has a session. */
  | "session"
  /** A session of the account's owner, of a key that acts for it, or of one of the venue's officers. */
  | "account";

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** With parameters as `{account}`. */
  readonly path: string;
  readonly group:
    | "venue"
    | "markets"
    | "default"
    | "accounts"
    | "sessions"
    | "commands"
    | "state"
    | "service";
  readonly summary: string;
  readonly access: Access;
  readonly params?: Fields;
  /** All may be left out. */
  readonly query?: Fields;
  readonly body?: JsonSchema;
  /** Absent: no body (204), or text. */
  readonly answer?: JsonSchema;
  readonly answerType?: "text/plain";
}

/** Bounds of what one request asks for. */
export const askLimits = { bookDepth: 500, rows: 500, defaults: 100 } as const;

const instrument: Fields = { name: name("Name of the instrument.") };
const account: Fields = { account: integer("The account's number.", 0, bounds.index) };
const paging: Fields = {
  limit: integer("Most rows of the page.", 1, askLimits.rows, 100),
  before: textField(
    "Where the page begins: `next` of the one before. Empty: at the newest.",
    33,
    "^([0-9]{1,16}:[0-9]{1,10})?$",
    "",
  ),
  from: time("Only rows from this instant on, UTC milliseconds.", 0),
};

const venueRead = (path: string, summary: string, answer: JsonSchema): Route => ({
  method: "GET",
  path,
  group: "venue",
  summary,
  access: "public",
  answer,
});

const marketRead = (path: string, summary: string, answer: JsonSchema, query?: Fields): Route => ({
  method: "GET",
  path: `/v1/instruments/{name}${path}`,
  group: "markets",
  summary,
  access: "public",
  params: instrument,
  ...(query ? { query } : {}),
  answer,
});

const accountRead = (path: string, summary: string, answer: JsonSchema, query?: Fields): Route => ({
  method: "GET",
  path: `/v1/accounts/{account}${path}`,
  group: "accounts",
  summary,
  access: "account",
  params: account,
  ...(query ? { query } : {}),
  answer,
});

const history = (path: string, summary: string, row: JsonSchema): Route =>
  accountRead(path, summary, pageOf(summary, row), paging);

const defaultRead = (path: string, summary: string, more: Partial<Route>): Route => ({
  method: "GET",
  path,
  group: "default",
  summary,
  access: "public",
  ...more,
});

const defaultHistory = (path: string, summary: string, row: JsonSchema): Route =>
  defaultRead(path, summary, { query: paging, answer: pageOf(summary, row) });

/** A page of what runs now, by number. */
const numbered: Fields = {
  from: count("The first number of the page.", 0, 0),
  limit: integer("Most of one page.", 1, askLimits.defaults, 50),
};

const serviceRead = (path: string, summary: string, answer: Partial<Route>): Route => ({
  method: "GET",
  path,
  group: "service",
  summary,
  access: "public",
  ...answer,
});

/** Every HTTP route by name. The server serves these, the OpenAPI document describes them, the client calls them. */
export const routes: Readonly<Record<RouteName, Route>> = {
  venue: venueRead("/v1/venue", "The venue: its name, time, status and limits.", venueSchema),
  assets: venueRead("/v1/assets", "Assets.", listOf("By number.", views.assetSchema)),
  underlyings: venueRead("/v1/underlyings", "Underlyings.", listOf("By number.", views.underlyingSchema)),
  instruments: venueRead("/v1/instruments", "Instruments.", listOf("By number.", views.instrumentSchema)),
  prices: venueRead("/v1/prices", "Prices of all feeds.", listOf("By number.", views.priceSchema)),
  pools: venueRead("/v1/pools", "Virtual AMMs.", listOf("By instrument.", views.poolSchema)),
  instrument: marketRead("", "One instrument.", views.instrumentSchema),
  book: marketRead("/book", "The best levels of its book.", views.bookSchema, {
    depth: integer("Levels per side.", 1, askLimits.bookDepth, 20),
  }),
  trades: marketRead("/trades", "Its trades.", pageOf("Trades.", views.tradeSchema), paging),
  funding: marketRead("/funding", "Its funding rates.", pageOf("Rates.", views.fundingRateSchema), paging),
  parameters: defaultRead("/v1/parameters", "Rules for accounts in default, as they are in force.", {
    answer: listOf("In the order of docs/liquidation.md.", defaults.parameterSchema),
  }),
  liquidations: defaultRead("/v1/liquidations", "Accounts in liquidation, and accounts that could be.", {
    query: numbered,
    answer: defaults.liquidationsSchema,
  }),
  auctions: defaultRead("/v1/auctions", "Running auctions.", {
    query: numbered,
    answer: defaults.auctionsSchema,
  }),
  auction: defaultRead("/v1/auctions/{auction}", "One auction, and what a bid would come to.", {
    params: { auction: count("The auction's number.", 1) },
    query: { share: integer("Share of the bid that is quoted, ppm.", 1, bounds.ppm, bounds.ppm) },
    answer: defaults.auctionSchema,
  }),
  fund: defaultRead("/v1/fund", "The insurance fund.", { answer: defaults.fundSchema }),
  pastLiquidations: defaultHistory(
    "/v1/liquidations/history",
    "Liquidations that ended.",
    defaults.endedLiquidationSchema,
  ),
  auctionFills: defaultHistory("/v1/auctions/fills", "Bids that took a share.", defaults.auctionFillSchema),
  fundHistory: defaultHistory(
    "/v1/fund/history",
    "Balances of the fund's tranches.",
    defaults.fundChangeSchema,
  ),
  openSession: {
    method: "POST",
    path: "/v1/sessions",
    group: "sessions",
    summary: "Opens a session for private reads.",
    access: "public",
    body: sessionRequestSchema,
    answer: sessionSchema,
  },
  closeSession: {
    method: "DELETE",
    path: "/v1/sessions",
    group: "sessions",
    summary: "Ends the session whose token is sent, or all of its signer's.",
    access: "session",
    query: { which: choice("Which sessions.", { own: 0, all: 1 }, "own") },
  },
  submitCommand: {
    method: "POST",
    path: "/v1/commands",
    group: "commands",
    summary: "Sequences a signed command; answers when it is durable.",
    access: "public",
    body: signedCommandSchema,
    answer: receiptSchema,
  },
  accounts: {
    method: "GET",
    path: "/v1/accounts",
    group: "accounts",
    summary: "The accounts that the session's signer owns or acts for.",
    access: "session",
    answer: listOf("By number.", views.accountSchema),
  },
  account: accountRead("", "An account: balances, positions and margin.", views.accountSchema),
  orders: accountRead("/orders", "Its open orders.", listOf("By number.", views.orderSchema)),
  withdrawals: accountRead(
    "/withdrawals",
    "Its pending withdrawals.",
    listOf("By number.", views.withdrawalSchema),
  ),
  allWithdrawals: {
    method: "GET",
    path: "/v1/withdrawals",
    group: "accounts",
    summary: "Pending withdrawals of all accounts, for holders of the role treasurer.",
    access: "session",
    query: {
      limit: integer("Most of them.", 1, askLimits.rows, askLimits.rows),
      after: count("Only those with a higher number.", 0, 0),
    },
    answer: listOf("By number.", views.withdrawalSchema),
  },
  margin: accountRead("/margin", "Its requirement, explained.", listOf("By mode.", marginSchema), {
    mode: choice(
      "Under which mode: its own, one of the three, or all of them.",
      { current: 0, isolated: 1, cross: 2, portfolio: 3, all: 4 },
      "current",
    ),
  }),
  fills: history("/fills", "Its fills.", views.fillSchema),
  transfers: history("/transfers", "Its deposits, withdrawals and transfers.", views.transferSchema),
  fundingPayments: history("/funding", "Its funding payments.", views.fundingPaymentSchema),
  interest: history("/interest", "Its interest.", views.interestPaymentSchema),
  settlements: history("/settlements", "What expiries paid it.", views.transferSchema),
  marginCalls: history("/margin-calls", "Its margin calls.", views.marginCallSchema),
  accountLiquidation: accountRead(
    "/liquidation",
    "How far it is from a liquidation, or how far in it.",
    defaults.accountLiquidationSchema,
  ),
  stakes: accountRead("/stakes", "What it staked in the insurance fund.", defaults.stakesSchema),
  accountLiquidations: history("/liquidations", "Its past liquidations.", defaults.endedLiquidationSchema),
  bids: history("/bids", "What it took over in auctions.", defaults.auctionFillSchema),
  deleveragings: history(
    "/deleveragings",
    "Positions of it that were deleveraged.",
    defaults.deleveragingSchema,
  ),
  sharedLosses: history("/shared-losses", "Its parts of others' losses.", defaults.sharedLossSchema),
  stateRoot: {
    method: "GET",
    path: "/v1/state/root",
    group: "state",
    summary: "Root of the state as it is now.",
    access: "public",
    answer: stateRootSchema,
  },
  stateProof: {
    method: "GET",
    path: "/v1/state/proof",
    group: "state",
    summary:
      "Proof that a leaf is part of the state. Leaves of accounts for those who may read them, others for officers.",
    access: "session",
    query: {
      section: textField("Section of the state.", 32, "^[a-z][a-z0-9-]{0,31}$", "ledger"),
      leaf: count("Number of the leaf: of an account, its number.", 0, 0),
    },
    answer: stateProofSchema,
  },
  live: serviceRead("/health/live", "Whether the process runs.", { answer: healthSchema }),
  ready: serviceRead("/health/ready", "Whether commands are accepted.", { answer: healthSchema }),
  metrics: serviceRead("/metrics", "Figures for Prometheus.", { answerType: "text/plain" }),
  openApi: serviceRead("/openapi.json", "This document.", {
    answer: { type: "object", description: "An OpenAPI 3.1 document.", additionalProperties: true },
  }),
  asyncApi: serviceRead("/asyncapi.json", "The stream's messages.", {
    answer: { type: "object", description: "An AsyncAPI 3.0 document.", additionalProperties: true },
  }),
};

/** Path of the WebSocket. */
export const streamPath = "/v1/stream";
