import { setTimeout as sleep } from "node:timers/promises";
import { PlimsollError } from "../../quantity/index.ts";
import {
  accepted,
  type AuctionEntry,
  type AuctionView,
  type Client,
  type Outcome,
  ServiceError,
} from "../../service/client/index.ts";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { formatPercent, formatUsd } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { textTable } from "../output/table.ts";
import { numberOption } from "./serve-options.ts";
import { accountOf, type ServiceOptions, wholeOf, withService } from "./service-client.ts";

export interface WatchOptions extends ServiceOptions {
  /** Seconds to go on for; 0: what runs now, once. */
  readonly for?: string;
}

export interface BidOptions extends ServiceOptions {
  readonly account?: string;
  /** 0 to 1; all that may be taken. */
  readonly share?: string;
  readonly maxPaid?: string;
  readonly minReceived?: string;
  /** Only tells what the bid would come to. */
  readonly dryRun?: boolean;
}

async function runningAuctions(client: Client): Promise<AuctionView[]> {
  const found: AuctionView[] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const page = await client.read.auctions({ from, limit: 100 });
    found.push(...page.auctions);
    from = page.next;
  }
  return found;
}

const table = (auctions: readonly AuctionView[]): string =>
  textTable(
    [
      { title: "auction", align: "right" },
      { title: "account", align: "right" },
      { title: "type" },
      { title: "price", align: "right" },
      { title: "equity USD", align: "right" },
      { title: "discount USD", align: "right" },
      { title: "largest share", align: "right" },
      { title: "a bid for it pays", align: "right" },
    ],
    auctions.map(
      ({ auction, account, auctionType, price, equityUsd, discountUsd, largestShare, quote, asset }) => [
        String(auction),
        String(account),
        auctionType,
        // Of nothing there is no part: the fund pays, more and more.
        auctionType === "insolvent" ? "" : formatPercent(Number(price)),
        formatUsd(Number(equityUsd)),
        formatUsd(Number(discountUsd)),
        formatPercent(Number(largestShare)),
        `${quote.paid} ${asset}`,
      ],
    ),
  );

/** `plimsoll auction watch`: what is in auction now, and what happens there for a while. */
export async function auctionWatchCommand(options: WatchOptions): Promise<CommandOutput> {
  const forSeconds = numberOption("--for", options.for ?? "0", 0, 86_400);
  return withService(options, async (client) => {
    const auctions = await runningAuctions(client);
    const { status } = await client.read.venue();
    const changes: AuctionEntry[] = [];
    if (forSeconds > 0) {
      const progress = startProgress("auctions");
      const channel = await client.auctions();
      channel.on((entry) => {
        changes.push(entry);
        progress.show(changes.length, "changes");
      });
      await untilInterrupted(forSeconds);
      channel.close();
      progress.end();
    }
    const text = [
      auctions.length === 0 ? "Nothing is in auction." : table(auctions),
      ...(status === "halted"
        ? ["The venue is halted: nobody can bid, and auctions begin anew when it reopens."]
        : []),
      ...(changes.length === 0 ? [] : [changes.map(changeLine).join("\n")]),
    ];
    return { text: text.join("\n\n"), json: { status, auctions, changes } };
  });
}

/** Ctrl-C ends the wait, not the program: what was seen is still told. */
async function untilInterrupted(seconds: number): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  process.stderr.write(`watching for ${seconds} s; Ctrl-C ends it sooner\n`);
  await sleep(seconds * 1_000, undefined, { signal: stop.signal }).catch(() => undefined);
  process.removeListener("SIGINT", onSignal);
}

function changeLine({ auction, auctionType, lastFill, ended, asset }: AuctionEntry): string {
  if (ended !== undefined) return `auction ${auction} ended: ${ended}`;
  if (lastFill === undefined) return `auction ${auction} runs: ${auctionType}`;
  const { share, paid, discount } = lastFill;
  return `auction ${auction}: ${formatPercent(Number(share))} taken for ${paid} ${asset}, ${discount} below fair value`;
}

/** `plimsoll auction bid`: takes over a share of what an account in auction holds, or tells what that would come to. */
export async function auctionBidCommand(number: string, options: BidOptions): Promise<CommandOutput> {
  const auction = wholeOf("auction", number);
  const share = options.share === undefined ? 1 : numberOption("--share", options.share, 1e-6, 1);
  const { maxPaid, minReceived, dryRun = false } = options;
  const given = guardOf(maxPaid, minReceived);
  return withService(options, async (client) => {
    const sharePpm = Math.round(share * 1e6);
    const found = await client.read.auction({ auction, share: sharePpm }).catch((error: unknown) => {
      if (error instanceof ServiceError && error.code === "PLM_UNKNOWN") return undefined;
      throw error;
    });
    if (found === undefined) {
      throw new PlimsollError("PLM_UNKNOWN", {
        field: "auction",
        value: auction,
        limit: "a running auction",
        remedy: "`plimsoll auction watch` lists those that run.",
      });
    }
    const { asset, auctionType, quote } = found;
    const price =
      quote.paidUnits >= 0 ? `would cost ${quote.paid}` : `would bring ${quote.paid.replace(/^-/, "")}`;
    const quoted = `${formatPercent(Number(quote.share))} of it ${price} ${asset}, ${quote.discount} better than fair value.`;
    if (dryRun) return { text: `${table([found])}\n\n${quoted}`, json: { auction: found } };
    const account = await accountOf(client, options.account);
    const guards =
      given ??
      (quote.paidUnits > 0 ? { maxPaid: quote.paid } : { minReceived: quote.paid.replace(/^-/, "") });
    const input = { account, auction, share: (sharePpm / 1e6).toFixed(6), auctionType, asset };
    const outcome = await client.bid({ ...input, ...guards });
    if (outcome.outcome === "rejected") {
      const text = refusalText(outcome.rejection, account, found.account);
      return { text, json: { outcome }, exitCode: exitCodes.failed };
    }
    const { share: got, paidUnits, discountUnits, sequence } = accepted(outcome);
    const unit = await client.asset(asset);
    const paid = unit.amountOf(Math.abs(paidUnits));
    const how = paidUnits >= 0 ? `for ${paid}` : `and ${paid}`;
    const text = `Took ${formatPercent(Number(got), 4)} ${how} ${asset}, ${unit.amountOf(discountUnits)} better than fair value. Durable as command ${sequence}.`;
    return { text, json: { outcome } };
  });
}

/** What the bidder insists on. @throws {PlimsollError} `PLM_USAGE`. */
function guardOf(
  maxPaid: string | undefined,
  minReceived: string | undefined,
): { readonly maxPaid: string } | { readonly minReceived: string } | undefined {
  if (maxPaid !== undefined && minReceived !== undefined) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--min-received",
      value: minReceived,
      limit: "left out beside --max-paid",
      remedy: "A bid pays or receives, net: `--dry-run` tells which. Give the one.",
    });
  }
  if (maxPaid !== undefined) return { maxPaid: amountOption("--max-paid", maxPaid) };
  if (minReceived !== undefined) return { minReceived: amountOption("--min-received", minReceived) };
  return undefined;
}

function amountOption(field: string, text: string): string {
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text) && Number(text) > 0) return text;
  throw new PlimsollError("PLM_USAGE", {
    field,
    value: text,
    limit: "an amount above 0 in the auction's asset, such as 12.5",
    remedy: "Correct the option.",
  });
}

type Refusal = Extract<Outcome<"bid">, { readonly outcome: "rejected" }>["rejection"];

function refusalText(rejection: Refusal, account: number, target: number): string {
  const { code, field, limit, remedy, inUnits } = rejection;
  if (code === "notAuthorized" && limit === "an account of another owner") {
    return `Refused (${code}): account ${account} has the same owner as account ${target}, which is in auction, and nobody bids for an account of their own. A deposit to account ${target} that brings it back to its target ends the auction.`;
  }
  const most = inUnits === undefined ? limit : `${inUnits.limit} ${inUnits.unit}`;
  return `Refused (${code}): ${field} must be ${most}. ${remedy}`;
}
