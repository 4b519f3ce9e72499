import { type ClearingEvent, type ClearingEventType, eventFields, type Field } from "../../clearing/index.ts";
import { invariant } from "../../quantity/error.ts";

/** A column of a history table. */
export interface Column {
  /** snake_case, with its unit last, as the event's field. */
  readonly name: string;
  /** The event's field it holds; `sequence`, `ordinal` and `timeMs` come from the envelope. */
  readonly field: string;
  readonly type: "integer" | "text";
}

export interface Table {
  readonly name: HistoryTable;
  readonly event: ClearingEventType;
  /** Which of the event's occurrences are kept; all, unless said. */
  readonly where?: { readonly field: string; readonly oneOf: readonly string[] };
  readonly columns: readonly Column[];
  /** Columns beside (sequence, ordinal) that queries look rows up by. */
  readonly indexed: readonly string[];
}

export type HistoryTable =
  | "accounts"
  | "order_events"
  | "fills"
  | "cancellations"
  | "trades"
  | "transfers"
  | "withdrawal_requests"
  | "withdrawals"
  | "funding_payments"
  | "funding_rates"
  | "interest_payments"
  | "settlements"
  | "settlement_payments"
  | "margin_calls"
  | "margin_restorations"
  | "liquidation_starts"
  | "liquidation_steps"
  | "liquidations"
  | "auctions"
  | "auction_resets"
  | "auction_fills"
  | "auction_ends"
  | "losses_covered"
  | "deleveragings"
  | "shared_losses"
  | "fund_changes"
  | "stakes"
  | "unstake_requests"
  | "unstakes";

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function columnType(kind: Field["kind"]): "integer" | "text" | undefined {
  if (kind === "integer" || kind === "boolean") return "integer";
  return kind === "text" || kind === "choice" ? "text" : undefined;
}

const envelopeColumns: readonly Column[] = [
  { name: "sequence", field: "sequence", type: "integer" },
  { name: "ordinal", field: "ordinal", type: "integer" },
  { name: "time_ms", field: "timeMs", type: "integer" },
];

function table(
  name: HistoryTable,
  event: ClearingEventType,
  indexed: readonly string[],
  where?: Table["where"],
): Table {
  const columns: Column[] = [...envelopeColumns];
  for (const [field, { kind }] of Object.entries<Field>(eventFields[event])) {
    const type = columnType(kind);
    invariant(type !== undefined, `a history column cannot hold a ${kind}`);
    columns.push({ name: snakeCase(field), field, type });
  }
  return { name, event, columns, indexed, ...(where ? { where } : {}) };
}

/**
 * What of the events is kept in SQL. Each table is one kind of event, its columns that event's fields, so the protocol's
 * documentation is also the tables'. A row's key is the envelope's sequence and the event's place in it.
 */
export const historyTables: readonly Table[] = [
  table("accounts", "accountOpened", ["account", "owner"]),
  table("order_events", "orderAccepted", ["account", "order_id"]),
  table("fills", "orderFilled", ["account", "instrument"]),
  table("cancellations", "orderCancelled", ["account", "order_id"]),
  table("trades", "traded", ["instrument"]),
  table("transfers", "balanceChanged", ["account"], {
    field: "reason",
    oneOf: [
      "deposit",
      "withdrawal",
      "withdrawalReturned",
      "transfer",
      "pool",
      "liquidationFee",
      "auction",
      "insurance",
      "deleveraging",
      "socialisedLoss",
      "stake",
      "incentive",
    ],
  }),
  table("withdrawal_requests", "withdrawalRequested", ["account"]),
  table("withdrawals", "withdrawalSettled", ["account"]),
  table("funding_payments", "fundingPaid", ["account", "instrument"]),
  table("funding_rates", "fundingRateSet", ["instrument"]),
  table("interest_payments", "interestPaid", ["account"]),
  table("settlements", "instrumentSettled", ["instrument"]),
  table("settlement_payments", "balanceChanged", ["account"], { field: "reason", oneOf: ["settlement"] }),
  table("margin_calls", "marginCalled", ["account"]),
  table("margin_restorations", "marginRestored", ["account"]),
  table("liquidation_starts", "liquidationStarted", ["account", "liquidation"]),
  table("liquidation_steps", "liquidationStepped", ["account", "liquidation"]),
  table("liquidations", "liquidationEnded", ["account", "liquidation"]),
  table("auctions", "auctionStarted", ["account", "auction"]),
  table("auction_resets", "auctionReset", ["auction"]),
  table("auction_fills", "auctionFilled", ["account", "auction", "bidder"]),
  table("auction_ends", "auctionEnded", ["auction"]),
  table("losses_covered", "lossCovered", ["liquidation"]),
  table("deleveragings", "deleveraged", ["account", "liquidation"]),
  table("shared_losses", "lossShared", ["account", "liquidation"]),
  table("fund_changes", "fundChanged", ["tranche", "instrument"]),
  table("stakes", "fundStaked", ["account"]),
  table("unstake_requests", "unstakeRequested", ["account"]),
  table("unstakes", "fundUnstaked", ["account"]),
];

const byEvent = new Map<ClearingEventType, Table[]>();
for (const each of historyTables) byEvent.set(each.event, [...(byEvent.get(each.event) ?? []), each]);

/** A row to insert: values in the order of its table's columns. */
export interface Row {
  readonly table: Table;
  readonly values: readonly (number | string)[];
}

/** The rows that an event leaves in history. */
export function rowsOf(event: ClearingEvent, sequence: number, ordinal: number, timeMs: number): Row[] {
  const tables = byEvent.get(event.type);
  if (tables === undefined) return [];
  const fields: Record<string, unknown> = { ...event, sequence, ordinal, timeMs };
  const rows: Row[] = [];
  for (const each of tables) {
    if (each.where && !each.where.oneOf.includes(String(fields[each.where.field]))) continue;
    rows.push({ table: each, values: each.columns.map(({ field }) => plainValue(fields[field])) });
  }
  return rows;
}

function plainValue(value: unknown): number | string {
  if (typeof value === "number" || typeof value === "string") return value;
  invariant(typeof value === "boolean", "a history value is a number, text or boolean");
  return value ? 1 : 0;
}
