import { type Rejected } from "./events.ts";
import { type Rejection } from "./rejections.ts";

const text = (value: number | string, most: number): string => String(value).slice(0, most).toWellFormed();

/** The event of a refusal, its texts within the bounds of the event's fields. `account` −1: the command names none. */
export const rejectedEvent = ({ code, field, value, limit }: Rejection, account: number): Rejected => ({
  type: "rejected",
  code,
  field: text(field, 256),
  value: text(value, 1024),
  limit: text(limit, 1024),
  account,
});
