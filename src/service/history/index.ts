export * from "./history-store.ts";
export * from "./history-writer.ts";
export * from "./open-history.ts";
export { postgresHistory } from "./postgres-history.ts";
export { sqliteHistory } from "./sqlite-history.ts";
export { type HistoryTable, historyTables, type Row, rowsOf } from "./tables.ts";
