import { type Portfolio } from "../../market/index.ts";
import { excessMicros } from "../account-value.ts";
import { type MarginResult } from "../margin-model.ts";
import { bookOf } from "./book.ts";
import { boundedFigures } from "./margin.ts";
import { type PreparedMarket } from "./prepare.ts";

/** What an account must hold and has over: a {@link MarginResult} without its explanation. */
export type MarginFigures = Pick<
  MarginResult,
  "equity" | "initialMargin" | "maintenanceMargin" | "initialExcess" | "maintenanceExcess"
>;

/** The figures of one portfolio: those of the full margin call, to the last bit. */
export function marginFigures(prepared: PreparedMarket, portfolio: Portfolio): MarginFigures {
  const { book, value } = bookOf(portfolio, prepared);
  const { initialUsd, maintenanceUsd } = boundedFigures(prepared, book);
  return {
    equity: value.equityUsd,
    initialMargin: initialUsd,
    maintenanceMargin: maintenanceUsd,
    initialExcess: excessMicros(value, initialUsd),
    maintenanceExcess: excessMicros(value, maintenanceUsd),
  };
}

/**
 * The figures of many portfolios in one market, in their order. No account's figures depend on another's, so any part of the
 * list, on any thread, gives the same.
 */
export const marginMany = (
  prepared: PreparedMarket,
  portfolios: readonly Portfolio[],
): readonly MarginFigures[] => portfolios.map((portfolio) => marginFigures(prepared, portfolio));
