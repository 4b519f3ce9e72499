import { type TSchema } from "typebox";
import { historySchema } from "./history-document.ts";
import { marketSchema } from "./market-schema.ts";
import { portfolioSchema } from "./portfolio-document.ts";

/** The published JSON Schemas by file name in `schemas/`. */
export const publishedSchemas: Readonly<Record<string, TSchema>> = {
  "history-1.json": historySchema,
  "market-1.json": marketSchema,
  "portfolio-1.json": portfolioSchema,
};
