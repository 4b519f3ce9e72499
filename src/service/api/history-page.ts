import { type Engine } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type HistoryQuery, type HistoryRow, type HistoryTable } from "../history/index.ts";
import { type HistoryPlace } from "../views/index.ts";
import { type ApiContext } from "./context.ts";
import { type Page } from "./protocol/documents.ts";
import { type Paging } from "./protocol/route-types.ts";
import { busy } from "./refusals.ts";

/** `12:3` as the place that it stands for. */
function placeOf(text: string): NonNullable<HistoryQuery["before"]> {
  const [sequence = "", ordinal = ""] = text.split(":");
  return { sequence: Number(sequence), ordinal: Number(ordinal) };
}

/** One page of a table of history. */
export async function historyPage<T extends HistoryPlace>(
  { history, engine, logger }: ApiContext,
  table: HistoryTable,
  where: HistoryQuery["where"],
  { limit, before, from }: Required<Paging>,
  view: (engine: Engine, row: HistoryRow) => T,
): Promise<Page<T>> {
  if (history === undefined) {
    throw new PlimsollError("PLM_UNSUPPORTED", {
      field: "history",
      value: "none",
      limit: "a service that keeps history",
      remedy: "Ask the operator to run the service with history.",
    });
  }
  const query: HistoryQuery = {
    table,
    where,
    limit,
    ...(before === "" ? {} : { before: placeOf(before) }),
    ...(from === 0 ? {} : { fromMs: from }),
  };
  let rows: readonly HistoryRow[];
  try {
    rows = await history.store.query(query);
  } catch (error) {
    logger.error({ err: error, table }, "history cannot be read");
    throw busy("history cannot be read");
  }
  const views = rows.map((row) => view(engine, row));
  const last = views.at(-1);
  return {
    rows: views,
    ...(rows.length === limit && last ? { next: `${last.sequence}:${last.ordinal}` } : {}),
  };
}
