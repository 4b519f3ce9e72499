import { type Command } from "commander";
import { type CommandOutput } from "./command-output.ts";
import { type CollateralOptions } from "./optimize-collateral.ts";
import { type HedgeOptions } from "./optimize-hedge.ts";
import { type LeverageOptions } from "./optimize-leverage.ts";

interface JsonOption {
  readonly json?: boolean;
}
const repeated = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];
type Write = (output: CommandOutput, options: JsonOption) => void;

/** Adds `optimize` and its commands. `addBook` gives a command the options that name a book and its market. */
export function addOptimizeCommands(
  root: Command,
  write: Write,
  addBook: (command: Command) => Command,
): void {
  const optimize = root
    .command("optimize")
    .description("the cheapest collateral, the hedge that frees most margin, the best leverage");

  addBook(optimize.command("collateral"))
    .description("the cheapest collateral that secures a book, with haircuts and shadow prices")
    .option(
      "--asset <offer>",
      "NAME[=MOST][@CARRY][+FEE], once for each: units that may be used, cost of a dollar in a year, fee of buying (default: all that is held)",
      repeated,
    )
    .option("--rate <fraction>", "carry of assets that name none", "0.05")
    .option("--buffer <usd>", "excess to be left", "0")
    .option("--days <number>", "over which buying fees are spread", "30")
    .option("--time-limit <seconds>", "for the whole search", "60")
    .action(async (portfolio: string[], options: Omit<CollateralOptions, "portfolio"> & JsonOption) => {
      const { optimizeCollateralCommand } = await import("./optimize-collateral.ts");
      write(await optimizeCollateralCommand({ portfolio, ...options }), options);
    });

  addBook(optimize.command("hedge"))
    .description("trades that free margin, what they cost, and whether the freed capital earns that")
    .option(
      "--goal <goal>",
      "most: the most freed that pays for itself; net: the most earned net of cost",
      "most",
    )
    .option("--free <share>", "instead: the cheapest hedge that frees this share of the initial margin")
    .option("--legs <count>", "most instruments in the hedge", "12")
    .option("--rate <fraction>", "what freed capital earns in a year", "0.05")
    .option("--days <number>", "for how long", "30")
    .option("--option-fee <fraction>", "fee of options, share of notional", "0.0003")
    .option("--linear-fee <fraction>", "fee of spot, perpetuals and futures, share of notional", "0.0005")
    .option("--spread-share <fraction>", "share of the half spread that is paid: 0 waits at the mark", "1")
    .option("--underlying <symbols>", "only instruments on these, separated by commas")
    .option("--kinds <kinds>", "only spot, perpetual, future, option, separated by commas")
    .option("--closing", "options that are held may be given up")
    .option("--time-limit <seconds>", "for the whole search", "60")
    .action(async (portfolio: string[], options: Omit<HedgeOptions, "portfolio"> & JsonOption) => {
      const { optimizeHedgeCommand } = await import("./optimize-hedge.ts");
      write(await optimizeHedgeCommand({ portfolio, ...options }), options);
    });

  addBook(optimize.command("leverage"))
    .description("the most leverage whose liquidation on the way is rare enough, counted in the past")
    .option("--probability <fraction>", "of liquidation within the horizon, at most", "0.01")
    .option("--horizon <time>", "such as 24h or 7d", "7d")
    .option("--confidence <fraction>", "of the exact interval of the probability", "0.95")
    .option("--funding <fraction>", "a year, what longs of perpetuals pay and shorts receive", "0")
    .option("--yield <rate>", "NAME=FRACTION a year that a balance earns, once for each", repeated)
    .option("--borrow <rate>", "NAME=FRACTION a year that a debt costs, once for each", repeated)
    .option("--loop <pair>", "COLLATERAL/DEBT: lever the book's equity by looping, instead of its positions")
    .option("--most <leverage>", "largest that is looked at", "50")
    .option("--time-limit <seconds>", "for the whole count", "120")
    .action(async (portfolio: string[], options: Omit<LeverageOptions, "portfolio"> & JsonOption) => {
      const { optimizeLeverageCommand } = await import("./optimize-leverage.ts");
      write(await optimizeLeverageCommand({ portfolio, ...options }), options);
    });
}
