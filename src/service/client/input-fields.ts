import { type Command } from "../../clearing/protocol/commands.ts";
import { completeCommand, isRejection } from "../../clearing/protocol/complete.ts";
import { commandFields } from "../../clearing/protocol/command-fields.ts";
import { count, name, time } from "../../clearing/protocol/field-words.ts";
import { PlimsollError } from "../../quantity/error.ts";
import {
  as,
  type Check,
  type ChecksOf,
  decimal,
  list,
  notZero,
  optional,
  positive,
  record,
} from "./check-input.ts";
import { type ClientCommandType, type CommandInputs, type QuoteInput } from "./command-inputs.ts";

const named = as(name("A name."));
const account = as(commandFields.placeOrder.account);
const instrument = named;
const asset = named;
const amount = positive;

const { placeOrder, cancelOrder, requestQuote, offerQuote, publishPrices, publishSurface, setParameter } =
  commandFields;

const triggerFields: ChecksOf<NonNullable<CommandInputs["placeOrder"]["trigger"]>> = {
  kind: as({ kind: "choice", about: "What it waits for.", of: ["stop", "takeProfit"] }),
  price: positive,
};
const levelFields: ChecksOf<NonNullable<QuoteInput["bid"]>> = { price: positive, size: positive };
const quoteFields: ChecksOf<QuoteInput> = {
  instrument,
  bid: optional(record(levelFields)),
  ask: optional(record(levelFields)),
};
const requestLegFields: ChecksOf<CommandInputs["requestQuote"]["legs"][number]> = {
  instrument,
  size: notZero,
};
const offerLegFields: ChecksOf<CommandInputs["offerQuote"]["legs"][number]> = { instrument, price: positive };
const priceFields: ChecksOf<CommandInputs["publishPrices"]["prices"][number]> = {
  feed: named,
  price: positive,
  confidence: optional(decimal),
  timeMs: as(time("When the publisher saw it.")),
};

/** Most items of a command's list. */
const mostOf = (field: { readonly kind: string; readonly maxCount?: number }): number => field.maxCount ?? 0;

/** By its number, or by the owner's own. */
const orderReference = {
  orderId: optional(as(count("The order's number.", 1))),
  clientOrderId: optional(as(count("The owner's number of it.", 1))),
};

const poolPayment = { account, instrument, amount };

/** How each field of the client's inputs is checked, before anything is built of it. */
const inputFields: { readonly [T in ClientCommandType]: ChecksOf<CommandInputs[T]> } = {
  openAccount: { marginMode: as(commandFields.openAccount.marginMode) },
  setMarginMode: { account, marginMode: as(commandFields.setMarginMode.marginMode) },
  authorizeKey: {
    account,
    key: as(commandFields.authorizeKey.key),
    canTrade: as(commandFields.authorizeKey.canTrade),
    canTransfer: as(commandFields.authorizeKey.canTransfer),
    expiryMs: as(commandFields.authorizeKey.expiryMs),
    maxOrderNotional: optional(positive),
  },
  revokeKey: { account, key: as(commandFields.revokeKey.key) },
  deposit: { account, asset, amount, reference: as(commandFields.deposit.reference) },
  withdraw: { account, asset, amount, destination: as(commandFields.withdraw.destination) },
  settleWithdrawal: {
    withdrawal: as(commandFields.settleWithdrawal.withdrawal),
    outcome: as(commandFields.settleWithdrawal.outcome),
  },
  transfer: { account, to: as(commandFields.transfer.to), asset, amount },
  placeOrder: {
    account,
    instrument,
    side: as(placeOrder.side),
    size: positive,
    price: optional(positive),
    timeInForce: as(placeOrder.timeInForce),
    postOnly: as(placeOrder.postOnly),
    reduceOnly: as(placeOrder.reduceOnly),
    clientOrderId: as(placeOrder.clientOrderId),
    expiryMs: as(placeOrder.expiryMs),
    selfTradePrevention: as(placeOrder.selfTradePrevention),
    trigger: optional(record(triggerFields)),
    route: as(placeOrder.route),
  },
  cancelOrder: { account: as(cancelOrder.account), ...orderReference },
  cancelAll: { account, instrument: optional(instrument) },
  amendOrder: { account, instrument, price: positive, size: positive, ...orderReference },
  massQuote: { account, quotes: list(record(quoteFields), mostOf(commandFields.massQuote.quotes)) },
  requestQuote: {
    account,
    legs: list(record(requestLegFields), mostOf(requestQuote.legs)),
    counterparty: as(requestQuote.counterparty),
    expiryMs: as(requestQuote.expiryMs),
  },
  offerQuote: {
    account,
    request: as(offerQuote.request),
    legs: list(record(offerLegFields), mostOf(offerQuote.priceTicks)),
    expiryMs: as(offerQuote.expiryMs),
  },
  acceptQuote: { account, offer: as(commandFields.acceptQuote.offer) },
  createPool: { instrument, pool: as(commandFields.createPool.pool) },
  addLiquidity: poolPayment,
  removeLiquidity: { account, instrument, shares: positive },
  fundPoolBudget: poolPayment,
  adjustPool: { instrument, price: optional(positive), depth: optional(positive) },
  grantRole: {
    role: as(commandFields.grantRole.role),
    key: as(commandFields.grantRole.key),
    granted: as(commandFields.grantRole.granted),
  },
  listAsset: { asset: as(commandFields.listAsset.asset) },
  listUnderlying: { underlying: as(commandFields.listUnderlying.underlying) },
  listInstrument: { instrument: as(commandFields.listInstrument.instrument) },
  setInstrumentStatus: { instrument, status: as(commandFields.setInstrumentStatus.status) },
  setVenueStatus: { status: as(commandFields.setVenueStatus.status) },
  setParameter: {
    target: as(setParameter.target),
    name: optional(named),
    parameter: as(setParameter.parameter),
    value: as(setParameter.value),
  },
  callLiquidation: { account, target: as(commandFields.callLiquidation.target) },
  bid: {
    account,
    auction: as(commandFields.bid.auction),
    share: positive,
    auctionType: as(commandFields.bid.auctionType),
    asset,
    maxPaid: optional(positive),
    minReceived: optional(positive),
  },
  stakeFund: { account, amount },
  unstakeFund: { account, shares: positive },
  donateFund: {
    account,
    amount,
    tranche: as(commandFields.donateFund.tranche),
    instrument: optional(instrument),
  },
  hedgeFund: { instrument, size: notZero, price: positive },
  setRiskDocument: {
    document: as(commandFields.setRiskDocument.document),
    text: as(commandFields.setRiskDocument.text),
  },
  publishPrices: { prices: list(record(priceFields), mostOf(publishPrices.prices)) },
  publishSurface: {
    underlying: named,
    slices: as(publishSurface.slices),
    timeMs: as(publishSurface.timeMs),
  },
};

const checks = new Map<string, Check>(
  Object.entries(inputFields).map(([type, fields]) => [type, record(fields)]),
);

/**
 * Checks what a method was given: every field's type, words and bounds, and that there is no other field.
 *
 * @throws {PlimsollError} `PLM_FIELD`; `PLM_DOMAIN` for text that is no decimal.
 */
export function checkInput(type: ClientCommandType, input: unknown): void {
  const check = checks.get(type);
  if (check === undefined) {
    throw new PlimsollError("PLM_FIELD", {
      field: "type",
      value: type,
      limit: "the type of a command, such as placeOrder",
      remedy: "Correct type; docs/client.md names each command.",
    });
  }
  check(input, "");
  if (type === "cancelOrder" || type === "amendOrder")
    checkReference({ orderId: valueAt(input, "orderId"), clientOrderId: valueAt(input, "clientOrderId") });
}

/** One of the two, and one alone: an order must not depend on which of them counts. */
function checkReference({
  orderId,
  clientOrderId,
}: {
  readonly orderId: unknown;
  readonly clientOrderId: unknown;
}): void {
  if ((orderId === undefined) !== (clientOrderId === undefined)) return;
  const isMissing = orderId === undefined;
  throw new PlimsollError("PLM_FIELD", {
    field: isMissing ? "orderId" : "clientOrderId",
    value: clientOrderId,
    limit: isMissing ? "given, or clientOrderId" : "left out beside orderId",
    remedy: "Name the order by one of the two.",
  });
}

const commandChecks = new Map<string, Check>(
  Object.entries(commandFields).map(([type, fields]) => {
    const parts = Object.entries(fields).map(([field, of]): [string, Check] => [field, as(of)]);
    return [type, record({ type: () => undefined, ...Object.fromEntries(parts) })];
  }),
);

/**
 * Checks a command as it is signed: that every field is one of it and within its bounds, and that they can stand together.
 *
 * @returns it with the defaults of what was left out.
 * @throws {PlimsollError} `PLM_FIELD`.
 */
export function checkCommand(command: unknown): Command {
  const type =
    typeof command === "object" && command !== null && "type" in command ? command.type : undefined;
  commandChecks.get(String(type))?.(command, "");
  const completed = completeCommand(command);
  if (!isRejection(completed)) return completed;
  const { field, value, limit } = completed;
  throw new PlimsollError("PLM_FIELD", {
    field,
    value,
    limit: String(limit),
    remedy: `Correct ${field}; docs/protocol.md describes each command.`,
  });
}

const optionsCheck = record({ deadlineMs: optional(as(time("Refused later than this."))) });

/** Checks what stands beside a command. @throws {PlimsollError} `PLM_FIELD`. */
export const checkOptions = (options: unknown): void => optionsCheck(options, "");

/** Fields of commands as the client's inputs call them. */
const inputNames: readonly (readonly [RegExp, string])[] = [
  [/^maxOrderNotionalMicros$/, "maxOrderNotional"],
  [/^triggerTicks$/, "trigger.price"],
  [/\b(bid|ask)Ticks$/, "$1.price"],
  [/\b(bid|ask)Lots$/, "$1.size"],
  [/\bpriceTicks\[(\d+)\]$/, "legs[$1].price"],
  [/\b(?:priceTicks|priceMicros)$/, "price"],
  [/\blots$/, "size"],
  [/\bunits$/, "amount"],
  [/\bdepthPpm$/, "depth"],
  [/\bconfidencePpm$/, "confidence"],
];

/** What stands at a path such as `quotes[2].bid.price`. */
function valueAt(input: unknown, path: string): unknown {
  let found = input;
  for (const name of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

/** Checks what was built of an input: what is wrong is told in the input's own fields. @throws {PlimsollError} `PLM_FIELD`. */
export function checkBuilt(command: Command, input: unknown): void {
  const completed = completeCommand(command);
  if (!isRejection(completed)) return;
  const [pattern, name] = inputNames.find(([of]) => of.test(completed.field)) ?? [];
  const field = pattern === undefined ? completed.field : completed.field.replace(pattern, name ?? "");
  const unit = /(Ticks|Micros|Ppm|lots|Lots|units)(?:\[\d+\])?$/.exec(completed.field)?.[1]?.toLowerCase();
  const limit = String(completed.limit);
  throw new PlimsollError("PLM_FIELD", {
    field,
    value: valueAt(input, field),
    limit: unit !== undefined && /[1-9]/.test(limit) ? `${limit}, in ${unit}` : limit,
    remedy: `Correct ${field}; docs/client.md shows each command.`,
  });
}
