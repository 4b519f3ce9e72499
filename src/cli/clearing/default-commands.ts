import { type Command } from "commander";
import { type CommandOutput } from "../command-output.ts";
import { type BidOptions, type WatchOptions } from "./auction.ts";
import { type FundOptions } from "./fund.ts";
import { type LiquidationsOptions } from "./liquidations.ts";

interface JsonOption {
  readonly json?: boolean;
}
type Write = (output: CommandOutput, options: JsonOption) => void;

const withUrl = (command: Command): Command =>
  command
    .option("--url <address>", "of the running service", "http://127.0.0.1:7300")
    .option("--json", "print data for machines instead of text");

const withKey = (command: Command): Command =>
  command
    .option("--key <file>", "whose first line is a secret of 64 hex digits (default: PLIMSOLL_KEY)")
    .option("--session-key", "the secret is a session key's, not an address's")
    .option("--account <number>", "which of the key's accounts (default: its only one)");

/** Adds the commands that ask a running service about accounts in default. */
export function addDefaultCommands(root: Command, write: Write): void {
  withUrl(root.command("liquidations"))
    .description("accounts in liquidation at a running service, and how the last ones went")
    .option("--past <count>", "how many past ones", "10")
    .action(async (options: LiquidationsOptions & JsonOption) => {
      const { liquidationsCommand } = await import("./liquidations.ts");
      write(await liquidationsCommand(options), options);
    });

  const auction = root.command("auction").description("auctions of accounts in default at a running service");
  withUrl(auction.command("watch"))
    .description("what is in auction now, and what happens there")
    .option("--for <seconds>", "also what happens for so long", "0")
    .action(async (options: WatchOptions & JsonOption) => {
      const { auctionWatchCommand } = await import("./auction.ts");
      write(await auctionWatchCommand(options), options);
    });
  withKey(withUrl(auction.command("bid")))
    .description("take over a share of what an account in auction holds, at the price of now or better")
    .argument("<auction>", "its number")
    .option("--share <part>", "of what the account holds, 0 to 1 (default: all that may be taken)")
    .option("--max-paid <amount>", "most that is paid, net (default: what it costs now)")
    .option("--min-received <amount>", "least that is received, net (default: what it brings now)")
    .option("--dry-run", "only tell what the bid would come to")
    .action(async (number: string, options: BidOptions & JsonOption) => {
      const { auctionBidCommand } = await import("./auction.ts");
      write(await auctionBidCommand(number, options), options);
    });

  withKey(withUrl(root.command("fund")))
    .description("the insurance fund of a running service, and with a key what its account has staked")
    .action(async (options: FundOptions & JsonOption) => {
      const { fundCommand } = await import("./fund.ts");
      write(await fundCommand(options), options);
    });
}
