import { type Command } from "../../clearing/protocol/commands.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Receipt } from "../api/protocol/commands.ts";
import { streamPath } from "../api/protocol/routes.ts";
import { type VenueAnswer } from "../api/protocol/documents.ts";
import { AccountChannel } from "./account-channel.ts";
import { buildCommand, commandTypes } from "./build-command.ts";
import { Catalog } from "./catalog.ts";
import { type ClientCommandType, type CommandInputs } from "./command-inputs.ts";
import { AuctionsChannel, LiquidationsChannel } from "./default-channels.ts";
import { type AskOf, Http } from "./http.ts";
import { checkCommand, checkOptions } from "./input-fields.ts";
import { type Asset, type Instrument } from "./instrument.ts";
import { BookChannel, FundingChannel, MarksChannel, TradesChannel } from "./market-channels.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type PagedName, Reader, type Reads, type RowOf } from "./reads.ts";
import { CommandSender, type SendOptions } from "./send-commands.ts";
import { Sessions } from "./session.ts";
import { type ClientKey, Signer } from "./signer.ts";
import { type ChannelTaker, Stream } from "./stream.ts";

export interface ConnectOptions {
  /** Of the service, such as `http://127.0.0.1:7300`. */
  readonly url: string;
  /** Signs commands and opens sessions. Without it: public data only. */
  readonly key?: ClientKey;
  /** One request waits so long for its answer; 10 s. */
  readonly timeoutMs?: number;
  /** What gets no answer, or is told to come later, is tried again for so long; 30 s. */
  readonly giveUpMs?: number;
  /** The platform's, unless given. */
  readonly fetch?: typeof fetch;
  readonly WebSocket?: typeof WebSocket;
}

/** One method per command. Each takes decimals and names, signs, sends, and answers when the command is durable at the venue, or refused. */
export type CommandMethods = {
  readonly [T in ClientCommandType]: (input: CommandInputs[T], options?: SendOptions) => Promise<Outcome<T>>;
};

/** What all channels have. */
interface OpenChannel extends ChannelTaker {
  readonly ready: Promise<void>;
  hold(): this;
}

/** Commands whose answer is told in terms of their instrument. */
const withInstrument = (input: object): string | undefined =>
  "instrument" in input && typeof input.instrument === "string" ? input.instrument : undefined;

/** A client of one clearing service, for one key. Made by {@link connect}. */
export class ClearingClient {
  /** What was known when it connected. */
  readonly venue: VenueAnswer;
  /** Every read route of the API, by its name. */
  readonly read: Reads;
  readonly #key: ClientKey | undefined;
  readonly #http: Http;
  readonly #reader: Reader;
  readonly #sessions: Sessions;
  readonly #stream: Stream;
  readonly #catalog: Catalog;
  readonly #sender: CommandSender | undefined;
  readonly #channels: Map<string, OpenChannel> = new Map();
  readonly #aheadMs: number;

  constructor(options: ConnectOptions, venue: VenueAnswer, aheadMs: number) {
    const { url, key, timeoutMs = 10_000, giveUpMs = 30_000 } = options;
    this.venue = venue;
    this.#aheadMs = aheadMs;
    this.#key = key;
    this.#http = new Http({ url, timeoutMs, fetch: options.fetch ?? globalThis.fetch });
    const signer = key && new Signer(key, { venue: venue.venue, chainId: venue.chainId });
    const now = (): number => this.now();
    this.#sessions = new Sessions(this.#http, signer, now);
    this.#reader = new Reader({ http: this.#http, sessions: this.#sessions, giveUpMs });
    this.read = this.#reader.methods;
    this.#catalog = new Catalog(this.read);
    this.#stream = new Stream({
      url: `${url.replace(/^http/, "ws").replace(/\/+$/, "")}${streamPath}`,
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      timeoutMs,
      sessions: this.#sessions,
    });
    this.#sender =
      signer && new CommandSender(signer, { http: this.#http, stream: this.#stream, giveUpMs, now });
  }

  /** The service's clock, as far as it is known. */
  now(): number {
    return Math.round(Date.now() + this.#aheadMs);
  }

  /** The key's public name: an address, or a session key. */
  get signer(): string | undefined {
    return this.#key?.signer;
  }

  /**
   * Sends a command as it is signed: numbers, ticks, lots and units.
   *
   * @throws {PlimsollError} `PLM_FIELD` for what is no command; `PLM_USAGE` without a key; see {@link CommandSender.send}.
   */
  async send(command: Command, options: SendOptions = {}): Promise<Receipt> {
    const checked = checkCommand(command);
    checkOptions(options);
    if (this.#sender !== undefined) return this.#sender.send(checked, options);
    throw new PlimsollError("PLM_USAGE", {
      field: "key",
      value: undefined,
      limit: "the key that signs",
      remedy: "Give `key` to connect().",
    });
  }

  /**
   * Builds, signs and sends a command of a type; the methods of {@link CommandMethods} are this, by name.
   *
   * @throws {PlimsollError} as {@link buildCommand} and {@link send}; a refusal by the machine is not thrown.
   */
  async command<T extends ClientCommandType>(
    type: T,
    input: CommandInputs[T],
    options?: SendOptions,
  ): Promise<Outcome<T>> {
    const command = await buildCommand(type, input, this.#catalog);
    const receipt = await this.send(command, options);
    const name = withInstrument(input);
    return outcomeOf(type, receipt, name === undefined ? undefined : await this.instrument(name));
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  instrument(name: string): Promise<Instrument> {
    return this.#catalog.instrument(name);
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  instrumentAt(index: number): Promise<Instrument> {
    return this.#catalog.instrumentAt(index);
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  asset(name: string): Promise<Asset> {
    return this.#catalog.asset(name);
  }

  /** Reads anew what is listed: it is read once otherwise, and when a name is not known. */
  async refresh(): Promise<readonly Instrument[]> {
    await this.#catalog.read();
    return this.#catalog.instruments();
  }

  /** Rows of a history, newest first, page after page as they are taken. */
  async *history<N extends PagedName>(name: N, ask: AskOf<N>): AsyncGenerator<RowOf<N>, void, undefined> {
    let before: string | undefined;
    do {
      const page: { readonly rows: readonly unknown[]; readonly next?: string } = await this.#reader.read(
        name,
        {
          ...(typeof ask === "object" ? ask : {}),
          ...(before === undefined ? {} : { before }),
        },
      );
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows of the route
      yield* page.rows as readonly RowOf<N>[];
      before = page.next;
    } while (before !== undefined);
  }

  /** The order book of an instrument. @throws {PlimsollError} `PLM_UNKNOWN`. */
  async book(instrument: string): Promise<BookChannel> {
    const found = await this.instrument(instrument);
    return this.#ready(
      this.#channel(`book:${instrument}`, (end) => new BookChannel(this.#stream, found, end)),
    );
  }

  /** Trades of an instrument as they happen. */
  trades(instrument: string): Promise<TradesChannel> {
    return this.#ready(
      this.#channel(`trades:${instrument}`, (end) => new TradesChannel(this.#stream, instrument, end)),
    );
  }

  /** Marks of all instruments. */
  marks(): Promise<MarksChannel> {
    return this.#ready(this.#channel("marks", (end) => new MarksChannel(this.#stream, end)));
  }

  /** Funding rates as they are set. */
  funding(): Promise<FundingChannel> {
    return this.#ready(this.#channel("funding", (end) => new FundingChannel(this.#stream, end)));
  }

  /** Liquidations of all accounts as they go. */
  liquidations(): Promise<LiquidationsChannel> {
    return this.#ready(this.#channel("liquidations", (end) => new LiquidationsChannel(this.#stream, end)));
  }

  /** Auctions of accounts in default as they go. */
  auctions(): Promise<AuctionsChannel> {
    return this.#ready(this.#channel("auctions", (end) => new AuctionsChannel(this.#stream, end)));
  }

  /** An account that the key may read: its view, its orders, and what happens to it. */
  async account(account: number): Promise<AccountChannel> {
    await this.#catalog.instruments(); // its orders are shown with them
    return this.#ready(
      this.#channel(
        `account:${account}`,
        (end) => new AccountChannel(this.#stream, account, this.#catalog, end),
      ),
    );
  }

  /** One subscription per channel, whoever asks. */
  #channel<C extends OpenChannel>(name: string, make: (onClose: () => void) => C): C {
    const known = this.#channels.get(name);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the name tells the kind
    if (known !== undefined) return known.hold() as C;
    const channel = make(() => this.#channels.delete(name));
    this.#channels.set(name, channel);
    this.#stream.subscribe(channel);
    return channel;
  }

  async #ready<C extends OpenChannel>(channel: C): Promise<C> {
    await channel.ready;
    return channel;
  }

  /** Opens the stream, over which commands then go too. Channels open it by themselves. */
  openStream(): Promise<void> {
    return this.#stream.open();
  }

  /** Round trip over the stream, milliseconds. Opens it. */
  async ping(): Promise<number> {
    await this.#stream.open();
    const startedMs = performance.now();
    await this.#stream.ask({ op: "ping" });
    return performance.now() - startedMs;
  }

  /** How often the stream was opened: above 1, it was lost in between. */
  get streamConnects(): number {
    return this.#stream.connects;
  }

  /** Drops the stream's connection as a network would: everything goes on by itself. To try that. */
  interrupt(): void {
    this.#stream.interrupt();
  }

  /** Ends all channels, the session and what is under way: its commands may have happened. */
  async close(): Promise<void> {
    this.#sender?.close();
    this.#reader.close();
    await this.#stream.close();
    await this.#sessions.end().catch(() => undefined);
    this.#http.close();
  }
}

/** What {@link connect} gives. */
export type Client = ClearingClient & CommandMethods;

/**
 * Connects to a clearing service.
 *
 * @throws {ServiceError} when no service answers at the address.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { url, timeoutMs = 10_000 } = options;
  const http = new Http({ url, timeoutMs, fetch: options.fetch ?? globalThis.fetch });
  const askedMs = Date.now();
  const venue = await http.request("venue");
  const aheadMs = venue.serviceTimeMs - (askedMs + Date.now()) / 2;
  const client = new ClearingClient(options, venue, aheadMs);
  for (const type of commandTypes) {
    Object.defineProperty(client, type, {
      value: (input: CommandInputs[typeof type], sendOptions?: SendOptions) =>
        client.command(type, input, sendOptions),
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the methods were just defined
  return client as Client;
}
