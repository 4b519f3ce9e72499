import { type Command, type PlaceOrder, type Quote } from "../../clearing/protocol/commands.ts";
import { type Catalog } from "./catalog.ts";
import {
  type ClientCommandType,
  type CommandInputs,
  type OrderReference,
  type ParameterOwner,
  type PlaceOrderInput,
  type QuoteInput,
} from "./command-inputs.ts";
import { checkBuilt, checkInput } from "./input-fields.ts";
import { microsOf, ppmOf } from "./instrument.ts";

/** What shares of the staked tranche are. */
const fundShares = "FUND-SHARE";

type CommandOf<T extends ClientCommandType> = Extract<Command, { readonly type: T }>;

type Builders = {
  readonly [T in ClientCommandType]: (
    input: CommandInputs[T],
    catalog: Catalog,
  ) => CommandOf<T> | Promise<CommandOf<T>>;
};

const reference = (of: OrderReference): { readonly orderId: number; readonly clientOrderId: number } => ({
  orderId: "orderId" in of ? (of.orderId ?? 0) : 0,
  clientOrderId: "clientOrderId" in of ? (of.clientOrderId ?? 0) : 0,
});

async function placeOrder(input: PlaceOrderInput, catalog: Catalog): Promise<PlaceOrder> {
  const instrument = await catalog.instrument(input.instrument);
  const { price, trigger, expiryMs = 0 } = input;
  const usual = expiryMs > 0 ? "gtt" : price === undefined ? "ioc" : "gtc";
  return {
    type: "placeOrder",
    account: input.account,
    instrument: instrument.index,
    side: input.side,
    priceTicks: price === undefined ? 0 : instrument.ticksOf(price),
    lots: instrument.lotsOf(input.size),
    timeInForce: input.timeInForce ?? usual,
    postOnly: input.postOnly ?? false,
    reduceOnly: input.reduceOnly ?? false,
    clientOrderId: input.clientOrderId ?? 0,
    expiryMs,
    selfTradePrevention: input.selfTradePrevention ?? "cancelIncoming",
    trigger: trigger?.kind ?? "none",
    triggerTicks: trigger === undefined ? 0 : instrument.ticksOf(trigger.price, "trigger.price"),
    route: input.route ?? "book",
  };
}

async function quote(
  { instrument: name, bid, ask }: QuoteInput,
  i: number,
  catalog: Catalog,
): Promise<Quote> {
  const path = `quotes[${i}]`;
  const instrument = await catalog.instrument(name, `${path}.instrument`);
  return {
    instrument: instrument.index,
    bidTicks: bid === undefined ? 0 : instrument.ticksOf(bid.price, `${path}.bid.price`),
    bidLots: bid === undefined ? 0 : instrument.lotsOf(bid.size, `${path}.bid.size`),
    askTicks: ask === undefined ? 0 : instrument.ticksOf(ask.price, `${path}.ask.price`),
    askLots: ask === undefined ? 0 : instrument.lotsOf(ask.size, `${path}.ask.size`),
  };
}

async function indexOf(owner: ParameterOwner, catalog: Catalog): Promise<number> {
  if (owner.target === "liquidation") return 0;
  const { target, name } = owner;
  if (target === "asset") return (await catalog.asset(name, "name")).index;
  if (target === "instrument") return (await catalog.instrument(name, "name")).index;
  return (await catalog.underlying(name, "name")).index;
}

const units = async (
  asset: string,
  amount: string | number,
  catalog: Catalog,
  field: string = "amount",
): Promise<{ asset: number; units: number }> => {
  const found = await catalog.asset(asset);
  return { asset: found.index, units: found.unitsOf(amount, field) };
};

/** What is paid into a pool: its instrument, and units of what that settles in. */
async function poolUnits(
  name: string,
  amount: string | number,
  catalog: Catalog,
): Promise<{ instrument: number; units: number }> {
  const instrument = await catalog.instrument(name);
  const asset = await catalog.asset(instrument.spec.settlementAsset);
  return { instrument: instrument.index, units: asset.unitsOf(amount) };
}

const builders: Builders = {
  openAccount: ({ marginMode = "cross" }) => ({ type: "openAccount", marginMode }),
  setMarginMode: ({ account, marginMode }) => ({ type: "setMarginMode", account, marginMode }),
  authorizeKey: ({ account, key, canTrade = true, canTransfer = false, expiryMs = 0, maxOrderNotional }) => ({
    type: "authorizeKey",
    account,
    key,
    canTrade,
    canTransfer,
    expiryMs,
    maxOrderNotionalMicros:
      maxOrderNotional === undefined ? 0 : microsOf(maxOrderNotional, "maxOrderNotional"),
  }),
  revokeKey: ({ account, key }) => ({ type: "revokeKey", account, key }),
  deposit: async ({ account, asset, amount, reference }, catalog) => ({
    type: "deposit",
    account,
    ...(await units(asset, amount, catalog)),
    reference,
  }),
  withdraw: async ({ account, asset, amount, destination }, catalog) => ({
    type: "withdraw",
    account,
    ...(await units(asset, amount, catalog)),
    destination,
  }),
  settleWithdrawal: ({ withdrawal, outcome }) => ({ type: "settleWithdrawal", withdrawal, outcome }),
  transfer: async ({ account, to, asset, amount }, catalog) => ({
    type: "transfer",
    account,
    to,
    ...(await units(asset, amount, catalog)),
  }),
  placeOrder,
  cancelOrder: (input) => ({ type: "cancelOrder", account: input.account, ...reference(input) }),
  cancelAll: async ({ account, instrument }, catalog) => ({
    type: "cancelAll",
    account,
    instrument: instrument === undefined ? -1 : (await catalog.instrument(instrument)).index,
  }),
  amendOrder: async (input, catalog) => {
    const instrument = await catalog.instrument(input.instrument);
    return {
      type: "amendOrder",
      account: input.account,
      ...reference(input),
      priceTicks: instrument.ticksOf(input.price),
      lots: instrument.lotsOf(input.size),
    };
  },
  massQuote: async ({ account, quotes }, catalog) => ({
    type: "massQuote",
    account,
    quotes: await Promise.all(quotes.map((given, i) => quote(given, i, catalog))),
  }),
  requestQuote: async ({ account, legs, counterparty = -1, expiryMs }, catalog) => ({
    type: "requestQuote",
    account,
    legs: await Promise.all(
      legs.map(async ({ instrument: name, size }, i) => {
        const instrument = await catalog.instrument(name, `legs[${i}].instrument`);
        return { instrument: instrument.index, lots: instrument.lotsOf(size, `legs[${i}].size`) };
      }),
    ),
    counterparty,
    expiryMs,
  }),
  offerQuote: async ({ account, request, legs, expiryMs }, catalog) => ({
    type: "offerQuote",
    account,
    request,
    priceTicks: await Promise.all(
      legs.map(async ({ instrument: name, price }, i) => {
        const instrument = await catalog.instrument(name, `legs[${i}].instrument`);
        return instrument.ticksOf(price, `legs[${i}].price`);
      }),
    ),
    expiryMs,
  }),
  acceptQuote: ({ account, offer }) => ({ type: "acceptQuote", account, offer }),
  createPool: async ({ instrument, pool }, catalog) => ({
    type: "createPool",
    instrument: (await catalog.instrument(instrument)).index,
    pool,
  }),
  addLiquidity: async ({ account, instrument, amount }, catalog) => ({
    type: "addLiquidity",
    account,
    ...(await poolUnits(instrument, amount, catalog)),
  }),
  removeLiquidity: async ({ account, instrument: name, shares }, catalog) => {
    const instrument = await catalog.instrument(name);
    const asset = await catalog.shareAsset(name);
    return {
      type: "removeLiquidity",
      account,
      instrument: instrument.index,
      shares: asset.unitsOf(shares, "shares"),
    };
  },
  fundPoolBudget: async ({ account, instrument, amount }, catalog) => ({
    type: "fundPoolBudget",
    account,
    ...(await poolUnits(instrument, amount, catalog)),
  }),
  adjustPool: async ({ instrument, price, depth = 1 }, catalog) => ({
    type: "adjustPool",
    instrument: (await catalog.instrument(instrument)).index,
    priceMicros: price === undefined ? 0 : microsOf(price, "price"),
    depthPpm: ppmOf(depth, "depth"),
  }),
  grantRole: ({ role, key, granted = true }) => ({ type: "grantRole", role, key, granted }),
  listAsset: ({ asset }) => ({ type: "listAsset", asset }),
  listUnderlying: ({ underlying }) => ({ type: "listUnderlying", underlying }),
  listInstrument: ({ instrument }) => ({ type: "listInstrument", instrument }),
  setInstrumentStatus: async ({ instrument, status }, catalog) => ({
    type: "setInstrumentStatus",
    instrument: (await catalog.instrument(instrument)).index,
    status,
  }),
  setVenueStatus: ({ status }) => ({ type: "setVenueStatus", status }),
  setParameter: async (input, catalog) => ({
    type: "setParameter",
    target: input.target,
    index: await indexOf(input, catalog),
    parameter: input.parameter,
    value: input.value,
  }),
  setRiskDocument: ({ document, text }) => ({ type: "setRiskDocument", document, text }),
  publishPrices: async ({ prices }, catalog) => ({
    type: "publishPrices",
    prices: await Promise.all(
      prices.map(async ({ feed, price, confidence = 1, timeMs }, i) => ({
        feed: await catalog.feed(feed, `prices[${i}].feed`),
        priceMicros: microsOf(price, `prices[${i}].price`),
        confidencePpm: ppmOf(confidence, `prices[${i}].confidence`),
        timeMs,
      })),
    ),
  }),
  publishSurface: async ({ underlying, slices, timeMs }, catalog) => ({
    type: "publishSurface",
    underlying: (await catalog.underlying(underlying)).index,
    slices,
    timeMs,
  }),
  callLiquidation: ({ account, target }) => ({ type: "callLiquidation", account, target }),
  bid: async ({ account, auction, share, auctionType, asset: name, maxPaid, minReceived }, catalog) => {
    const asset = await catalog.asset(name);
    return {
      type: "bid",
      account,
      auction,
      auctionType,
      sharePpm: ppmOf(share, "share"),
      maxPaidUnits: maxPaid === undefined ? 0 : asset.unitsOf(maxPaid, "maxPaid"),
      minReceivedUnits: minReceived === undefined ? 0 : asset.unitsOf(minReceived, "minReceived"),
    };
  },
  stakeFund: async ({ account, amount }, catalog) => ({
    type: "stakeFund",
    account,
    units: (await catalog.dollarAsset()).unitsOf(amount),
  }),
  unstakeFund: async ({ account, shares }, catalog) => ({
    type: "unstakeFund",
    account,
    shares: (await catalog.asset(fundShares)).unitsOf(shares, "shares"),
  }),
  donateFund: async (input, catalog) => ({
    type: "donateFund",
    account: input.account,
    tranche: input.tranche,
    instrument: input.tranche === "market" ? (await catalog.instrument(input.instrument)).index : 0,
    units: (await catalog.dollarAsset()).unitsOf(input.amount),
  }),
  hedgeFund: async ({ instrument: name, size, price }, catalog) => {
    const instrument = await catalog.instrument(name);
    const priceTicks = instrument.ticksOf(price);
    return { type: "hedgeFund", instrument: instrument.index, lots: instrument.lotsOf(size), priceTicks };
  },
};

export const commandTypes: readonly ClientCommandType[] =
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the object has these keys and no others
  Object.keys(builders) as ClientCommandType[];

/**
 * The command as it is signed.
 *
 * @throws {PlimsollError} `PLM_FIELD` for a field that is missing, unknown, or not what it can be, `PLM_UNKNOWN` for a name that isn't listed,
 *   `PLM_DOMAIN` for a decimal that is no whole number of ticks, lots or units.
 */
export const buildCommand = async <T extends ClientCommandType>(
  type: T,
  input: CommandInputs[T],
  catalog: Catalog,
): Promise<CommandOf<T>> => {
  checkInput(type, input);
  const command = await builders[type](input, catalog);
  checkBuilt(command, input);
  return command;
};
