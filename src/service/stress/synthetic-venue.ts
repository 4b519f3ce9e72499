import { type Command, type Machine as Stores } from "../../clearing/index.ts";
import { houseAccount } from "../../clearing/accounts/index.ts";
import { Machine } from "../clearinghouse/index.ts";
import { feedCommands, type FeedBatch, numbersOf, syntheticFeed } from "../feeds/index.ts";
import { Desk } from "../population/desk.ts";
import { Population } from "../population/population.ts";
import { VenueView } from "../population/venue-view.ts";
import { syntheticPast } from "../venue/synthetic-past.ts";
import { buyTailHedges, type HedgePurchase } from "./tail-hedges.ts";

export interface SyntheticVenueOptions {
  readonly seed: number;
  /** Accounts that trade, beside the makers. */
  readonly traders: number;
  /** Venue time that they trade for. Default: twenty minutes. */
  readonly runMs?: number;
  /** Text of plimsoll/margin-parameters@1. */
  readonly marginParameters: string;
  /** What the house's tranche of the fund begins with, USD. */
  readonly fundUsd: number;
  /** Does the fund buy options against a crash, as far as its budget goes? */
  readonly hedges: boolean;
}

export interface SyntheticVenue {
  readonly stores: Stores;
  readonly hedges: readonly HedgePurchase[];
  readonly commands: number;
}

const house = `0x${"0f".repeat(20)}`;
const publishers = 3;
const publisherOf = (number: number): string => `0x${(0xf0 + number).toString(16).repeat(20)}`;
const startMs = Date.UTC(2026, 0, 5);
const stepMs = 60_000;

/**
 * A venue in this process, on the synthetic market, with a population that has traded for a while: the same options give the same state. No price
 * and no trader of it is real.
 */
export async function syntheticVenue(options: SyntheticVenueOptions): Promise<SyntheticVenue> {
  const { seed, traders, runMs = 20 * stepMs } = options;
  const machine = Machine.empty();
  const { stores } = machine.engine;
  const view = new VenueView(stores);
  let population: Population | undefined;
  const desk = new Desk({
    machine,
    onEvent: (event) => {
      view.see(event);
      if (event.type === "marginCalled") population?.called(event.account, true);
      else if (event.type === "marginRestored") population?.called(event.account, false);
    },
  });
  const send = (signer: string, command: Command): void => {
    desk.send(signer, command);
  };
  desk.timeMs = startMs;
  send("", { type: "genesis", venue: "Synthetic", chainId: 31_337, admins: [house] });
  for (const role of ["operator", "risk", "treasurer", "guardian"] as const) {
    send(house, { type: "grantRole", role, key: house, granted: true });
  }
  for (let i = 0; i < publishers; i++) {
    send(house, { type: "grantRole", role: "publisher", key: publisherOf(i), granted: true });
  }
  send(house, { type: "setRiskDocument", document: "history", text: syntheticPast(seed, startMs) });
  const text = options.marginParameters;
  send(house, { type: "setRiskDocument", document: "marginParameters", text });
  const feed = syntheticFeed({ seed, startMs, stepMs, publishers, speed: Infinity, endMs: startMs + runMs });
  const step = (batch: FeedBatch): void => {
    desk.timeMs = batch.timeMs;
    population?.before(batch);
    for (const { role, publisher, command } of feedCommands(batch, numbersOf(stores.markets))) {
      send(role === "operator" ? house : publisherOf(publisher), command);
    }
    // Round all accounts, as a service's ticks go within a second or two.
    for (let i = 0; stores.state.sweepRemaining > 0 && i < 1_000; i++) send("", { type: "tick" });
    population ??= new Population(desk, view, {
      seed,
      traders,
      portfolioShare: 0.25,
      treasurer: house,
      market: {
        coins: view.coins.filter(({ perpetual }) => perpetual >= 0).map(({ name }) => name),
        optionCoins: view.coins.filter(({ expiries }) => expiries.length > 0).map(({ name }) => name),
        collateral: new Set(["USDC", "BTC", "ETH", "stETH"].filter((name) => view.asset(name) >= 0)),
        hasInverse: (view.coin("BTC")?.inverse ?? -1) >= 0,
      },
    });
    population.after(batch);
  };
  await feed.start((batch) => {
    step(batch);
    return Promise.resolve();
  });
  fillFund(desk, stores, options.fundUsd);
  const hedges = options.hedges ? buyTailHedges(desk, view, house) : [];
  return { stores, hedges, commands: desk.commands };
}

/** A donor's deposit, given to the house's tranche. */
function fillFund(desk: Desk, stores: Stores, usd: number): void {
  if (usd === 0) return;
  const donor = `0x${"d0".repeat(20)}`;
  const account = desk.send(donor, { type: "openAccount", marginMode: "cross" }).made;
  const asset = stores.markets.assets.find("USDC");
  const units = Math.round(usd * 1e6);
  desk.send(house, { type: "deposit", account, asset, units, reference: "fund" });
  desk.send(donor, { type: "donateFund", account, tranche: "protocol", instrument: 0, units });
  const has = stores.ledger.balance(houseAccount.insurance, asset);
  if (has < units) throw new Error(`the fund has ${has}, not ${units}`);
}
