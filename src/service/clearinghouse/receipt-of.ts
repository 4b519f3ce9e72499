import { type ClearingEvent, type Envelope, type Rejection, rejectionCodes } from "../../clearing/index.ts";
import { type Applied } from "./clearinghouse.ts";
import { type Receipt } from "./signed-command.ts";

/** The answer to whoever sent the command: other accounts' private events are not theirs to see. */
export function receiptOf({ envelope, events }: Applied): Receipt {
  const { sequence, timeMs } = envelope;
  const rejected = events.find((event) => event.type === "rejected");
  const own = events.filter((event) => concerns(event, envelope));
  if (rejected === undefined) return { sequence, timeMs, outcome: "accepted", events: own };
  const rejection: Rejection & { remedy: string } = {
    code: rejected.code,
    field: rejected.field,
    value: rejected.value,
    limit: rejected.limit,
    remedy: rejectionCodes[rejected.code],
  };
  return { sequence, timeMs, outcome: "rejected", rejection, events: own };
}

/** Public events, and those of the account that the command named, the one it opened, or the withdrawal that it settled. */
function concerns(event: ClearingEvent, { command, signer }: Envelope): boolean {
  if (!("account" in event) || event.type === "rejected") return true;
  // Whoever called for a liquidation is told that it began, and a bidder what it got.
  if (command.type === "callLiquidation" && event.type === "liquidationStarted") return true;
  if (command.type === "bid" && event.type === "auctionFilled") return true;
  if ("account" in command) return event.account === command.account;
  if (command.type === "openAccount") return event.type === "accountOpened" && event.owner === signer;
  return event.type === "withdrawalSettled" && command.type === "settleWithdrawal";
}
