import assert from "node:assert/strict";
import { randomStream, type RandomStream } from "plimsoll/numerics";
import { type ClearingEvent, type Command, createEngine } from "../../src/clearing/index.ts";
import { SnapshotReader, StateTree, writeSnapshot } from "../../src/clearing/state/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { addressOf, officer, order, TestVenue } from "../properties/clearing-venue.ts";
import { feeds, firstAccount, instruments, wholeVenue } from "../properties/clearing-whole-venue.ts";
import { DefaultAuditor } from "./default-auditor.ts";

const usd = 1_000_000;
/** Owners of the venue that make markets and bid; the others come to grief. */
const maker = { signer: addressOf(1), account: firstAccount };
const bidder = { signer: addressOf(2), account: firstAccount + 2 };
const hostile = { signer: addressOf(3), account: firstAccount + 4 };
const traded = [
  instruments.perpetual,
  instruments.future,
  instruments.call,
  instruments.put,
  instruments.ethPerpetual,
  instruments.inverse,
];

/** What goes wrong in a round. Each is drawn on its own. */
interface Faults {
  readonly gap: boolean;
  readonly stale: boolean;
  readonly doubted: boolean;
  readonly emptyBooks: boolean;
  readonly noBidders: boolean;
  readonly hostileBidders: boolean;
  readonly selfTrades: boolean;
  readonly crash: boolean;
  readonly halted: boolean;
}

/**
 * A venue whose traders default, over and over, under seeded faults. The same seed gives the same run. Every command is audited; invariants are
 * checked and the machine restored from its leaves now and then.
 */
export class DefaultWorld {
  readonly auditor: DefaultAuditor = new DefaultAuditor();
  readonly #random: RandomStream;
  readonly #victims: { readonly signer: string; readonly account: number }[] = [];
  #venue: TestVenue;
  #round = 0;
  #btc = 100_000;
  #eth = 4_000;
  rounds = 0;

  constructor(seed: number, victims: number = 24) {
    this.#random = randomStream(seed);
    this.#venue = wholeVenue(seed % 3 === 0);
    for (const { account } of [maker, bidder, hostile]) this.#venue.deposit(account, 0, 50_000_000 * usd);
    for (let i = 0; i < victims; i++) {
      const signer = addressOf(100 + i);
      const mode = i % 5 === 0 ? "isolated" : i % 5 === 1 && seed % 3 === 0 ? "portfolio" : "cross";
      this.#victims.push({ signer, account: this.#venue.account(signer, 0, mode) });
    }
    this.#set("stepIntervalMs", 2_000);
    this.#set("steppingMs", 30_000);
    this.#set("fastMs", 5_000);
    this.#set("slowMs", 20_000);
    this.#set("insolventMs", 10_000);
    this.#set("deleverageMs", 15_000);
    this.#venue.tick(3_600_000);
    this.#publish(1_000_000);
    this.#send(maker.signer, { type: "stakeFund", account: maker.account, units: 1_000 * usd });
  }

  #set(parameter: string, value: number): void {
    this.#venue.must(officer, { type: "setParameter", target: "liquidation", index: 0, parameter, value });
  }

  #below(limit: number): number {
    return this.#random.nextBelow(limit);
  }

  #chance(share: number): boolean {
    return this.#random.nextFloat() < share;
  }

  #send(signer: string, command: Command): readonly ClearingEvent[] {
    const venue = this.#venue;
    const stores = venue.engine.stores;
    const events: ClearingEvent[] = [];
    const sequence = venue.engine.sequence + 1;
    const envelope = { sequence, timeMs: venue.timeMs, signer, nonce: sequence, deadlineMs: 0 };
    venue.engine.apply({ ...envelope, signature: new Uint8Array(0), command }, (event) => {
      events.push(event);
      this.auditor.see(event, stores);
    });
    this.auditor.endCommand();
    return events;
  }

  #publish(confidencePpm: number): void {
    const { timeMs } = this.#venue;
    const prices = [
      [feeds.btc, this.#btc],
      [feeds.eth, this.#eth],
      [feeds.btcAsset, this.#btc],
      [feeds.ethAsset, this.#eth],
    ].map(([feed, price]) => ({ feed: feed!, priceMicros: Math.round(price! * 1e6), confidencePpm, timeMs }));
    this.#send(officer, { type: "publishPrices", prices });
  }

  /** One round: traders come with money and leverage, prices move, faults happen, and time passes until most is settled. */
  round(): void {
    this.rounds++;
    const faults: Faults = {
      gap: this.#chance(0.35),
      stale: this.#chance(0.1),
      doubted: this.#chance(0.1),
      emptyBooks: this.#chance(0.4),
      noBidders: this.#chance(0.3),
      hostileBidders: this.#chance(0.5),
      selfTrades: this.#chance(0.2),
      crash: this.#chance(0.1),
      halted: this.#chance(0.03),
    };
    this.#open(faults);
    this.#fall(faults);
    for (let i = 0; i < 12; i++) {
      if (!faults.emptyBooks) this.#quote();
      if (!faults.noBidders) this.#bid(bidder, 1_000_000);
      if (faults.hostileBidders) this.#attack();
      if (faults.crash && i === 5) this.#restart();
      this.#venue.timeMs += 2_500;
      if (faults.stale && i < 8) this.#send("", { type: "tick" });
      else this.#publish(faults.doubted ? 300_000 : 1_000_000);
    }
    if (this.rounds % 16 === 0) checkInvariants(this.#venue);
    this.#calm();
  }

  /** Money of any size, dust included, and positions as large as it allows. */
  #open({ selfTrades }: Faults): void {
    for (const { signer, account } of this.#victims) {
      const { margin, positions, liquidations } = this.#venue.engine.stores;
      if (liquidations.find(account)) continue;
      if (margin.figures(account).equityMicros < 100 * usd) {
        const units = this.#chance(0.1) ? 1 + this.#below(5 * usd) : (200 + this.#below(20_000)) * usd;
        this.#round++;
        this.#send(officer, { type: "deposit", account, asset: 0, units, reference: `round ${this.#round}` });
      }
      if (positions.count(account) > 3) continue;
      const instrument = traded[this.#below(traded.length)]!;
      this.#take(signer, account, instrument, this.#chance(0.6) ? "buy" : "sell");
    }
    if (!selfTrades) return;
    // Two accounts of one mind trade at the ends of the band, so that one of them wins what the other cannot lose.
    const [a, b] = [this.#victims[0]!, this.#victims[1]!];
    const mark = Math.round(this.#btc);
    const priceTicks = Math.floor(mark * (this.#chance(0.5) ? 1.095 : 0.905));
    const lots = 1 + this.#below(500);
    this.#send(a.signer, order({ account: a.account, side: "sell", lots, priceTicks }));
    this.#send(b.signer, order({ account: b.account, side: "buy", lots, priceTicks, timeInForce: "ioc" }));
    this.#send(a.signer, { type: "cancelAll", account: a.account, instrument: 0 });
  }

  /** The maker stands opposite; as many lots as margin takes, halved until it does. */
  #take(signer: string, account: number, instrument: number, side: "buy" | "sell"): void {
    const { markets, margin } = this.#venue.engine.stores;
    const terms = this.#venue.engine.stores.terms(instrument);
    const mark = markets.markMicros(instrument);
    if (mark <= 0) return;
    const priceTicks = Math.max(1, Math.round(mark / terms.tickMicros));
    const equity = Math.max(0, margin.figures(account).equityMicros);
    const perLot = terms.isInverse
      ? terms.lotUsdMicros
      : (terms.lotNanos * markets.indexMicros(terms.underlying)) / 1e9;
    let lots = Math.max(1, Math.floor((equity * 19) / Math.max(1, perLot)));
    const opposite = side === "buy" ? "sell" : "buy";
    for (let i = 0; i < 6 && lots >= 1; i++) {
      const rest = order({ account: maker.account, instrument, side: opposite, lots, priceTicks });
      this.#send(maker.signer, rest);
      const taken = this.#send(
        signer,
        order({ account, instrument, side, lots, priceTicks, timeInForce: "fok" }),
      );
      this.#send(maker.signer, { type: "cancelAll", account: maker.account, instrument });
      if (!taken.some(({ type }) => type === "rejected")) return;
      lots = Math.floor(lots / 2);
    }
  }

  #fall({ gap, stale, doubted, halted }: Faults): void {
    const move = gap ? (this.#chance(0.7) ? 0.4 : 1.7) : 0.88 + this.#random.nextFloat() * 0.24;
    const other = gap ? 0.5 + this.#random.nextFloat() : 0.9 + this.#random.nextFloat() * 0.2;
    const steps = gap ? 1 : 6;
    if (halted) this.#send(officer, { type: "setVenueStatus", status: "halted" });
    for (let i = 1; i <= steps; i++) {
      this.#btc = clamp(this.#btc * move ** (1 / steps), 2_000, 2_000_000);
      this.#eth = clamp(this.#eth * other ** (1 / steps), 100, 100_000);
      // The oracle believes ten per cent a second: after this long it believes a gap whole.
      this.#venue.timeMs += gap ? 12_000 : 10_000;
      if (!stale || i === 1) this.#publish(doubted ? 300_000 : 1_000_000);
    }
    if (halted) this.#send(officer, { type: "setVenueStatus", status: "active" });
  }

  /** Bids and offers about the mark, thin or deep. */
  #quote(): void {
    const { markets } = this.#venue.engine.stores;
    for (const instrument of traded) {
      const terms = this.#venue.engine.stores.terms(instrument);
      const mark = markets.markMicros(instrument) / terms.tickMicros;
      this.#send(maker.signer, { type: "cancelAll", account: maker.account, instrument });
      if (!(mark > 20) || this.#chance(0.2)) continue;
      const lots = 1 + this.#below(this.#chance(0.5) ? 50 : 5_000);
      const spread = Math.max(1, Math.round(mark * 0.002));
      const bid = { account: maker.account, instrument, lots, priceTicks: Math.floor(mark) - spread };
      this.#send(maker.signer, order({ ...bid, side: "buy" }));
      this.#send(maker.signer, order({ ...bid, side: "sell", priceTicks: Math.ceil(mark) + spread }));
    }
  }

  #bid({ signer, account }: typeof bidder, sharePpm: number): void {
    for (const auction of this.#venue.engine.stores.auctions.all()) {
      if (this.#chance(0.3)) continue;
      const { auctionType, id } = auction;
      const most = { maxPaidUnits: 10 ** 12, minReceivedUnits: 0 };
      this.#send(signer, { type: "bid", account, auction: id, sharePpm, auctionType, ...most });
    }
  }

  /** Bids of dust, in the wrong form, for too much, by the account's own kind, for auctions that are over; calls of anyone. */
  #attack(): void {
    const { auctions } = this.#venue.engine.stores;
    for (const { id, auctionType, account: defaulter } of auctions.all()) {
      const command = {
        type: "bid",
        account: hostile.account,
        auction: id,
        sharePpm: 1,
        auctionType,
      } as const;
      const guards = { maxPaidUnits: 10 ** 12, minReceivedUnits: 0 };
      this.#send(hostile.signer, {
        ...command,
        ...guards,
        sharePpm: this.#chance(0.5) ? 1 : 1 + this.#below(20_000),
      });
      const turned = auctionType === "solvent" ? "insolvent" : "solvent";
      this.#send(hostile.signer, { ...command, ...guards, auctionType: turned });
      this.#send(hostile.signer, { ...command, maxPaidUnits: 0, minReceivedUnits: 10 ** 12 });
      const own = this.#victims.find(({ account }) => account === defaulter);
      if (own) this.#send(own.signer, { ...command, ...guards, account: own.account, sharePpm: 1_000_000 });
    }
    const target = this.#victims[this.#below(this.#victims.length)]!.account;
    this.#send(hostile.signer, { type: "callLiquidation", account: hostile.account, target });
    this.#send(hostile.signer, {
      type: "bid",
      account: hostile.account,
      auction: 999_999_999,
      sharePpm: 9,
      auctionType: "solvent",
      maxPaidUnits: 0,
      minReceivedUnits: 0,
    });
    // Out of the fund ahead of a loss, and into it ahead of a gain.
    const units = 1 + this.#below(100 * usd);
    this.#send(hostile.signer, { type: "stakeFund", account: hostile.account, units });
    this.#send(hostile.signer, {
      type: "unstakeFund",
      account: hostile.account,
      shares: 1 + this.#below(1_000_000),
    });
    this.#send(hostile.signer, {
      type: "withdraw",
      account: hostile.account,
      asset: 0,
      units,
      destination: "away",
    });
  }

  /** The machine dies and comes back from its leaves: same root, and the run goes on with the copy. */
  #restart(): void {
    const { engine } = this.#venue;
    const root = new StateTree(engine.sections).root(engine.head);
    const restored = createEngine();
    const reader = new SnapshotReader(restored.sections);
    for (const piece of writeSnapshot(engine.sections, engine.head, root)) reader.push(piece);
    reader.finish();
    const copy = new TestVenue(restored);
    copy.timeMs = this.#venue.timeMs;
    assert.deepEqual(new StateTree(restored.sections).root(restored.head), root);
    this.#venue = copy;
  }

  /** Prices come back towards where they began, so that rounds stay alike, and those who make markets have money again. */
  #calm(): void {
    const venue = this.#venue;
    for (let i = 0; i < 4; i++) {
      this.#btc += (100_000 - this.#btc) / 3;
      this.#eth += (4_000 - this.#eth) / 3;
      venue.timeMs += 30_000;
      this.#publish(1_000_000);
    }
    const { ledger, margin } = venue.engine.stores;
    for (const { account } of [maker, bidder, hostile]) {
      if (
        margin.figures(account).equityMicros > 10_000_000 * usd &&
        ledger.available(account, 0) > 10_000_000 * usd
      )
        continue;
      this.#round++;
      const reference = `round ${this.#round}`;
      this.#send(officer, { type: "deposit", account, asset: 0, units: 20_000_000 * usd, reference });
    }
    const { withdrawals } = venue.engine.stores;
    for (const { id } of withdrawals.all()) {
      this.#send(officer, {
        type: "settleWithdrawal",
        withdrawal: id,
        outcome: this.#chance(0.5) ? "paid" : "failed",
      });
    }
  }
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
