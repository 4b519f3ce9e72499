import {
  type AmendOrder,
  type CancelOrder,
  type Command,
  type Leg,
  type PlaceOrder,
  type PublishedSlice,
  type Quote,
} from "./commands.ts";
import { type Rejection } from "./rejections.ts";

const malformed = (field: string, value: number | string, limit: number | string): Rejection => ({
  code: "malformed",
  field,
  value,
  limit,
});

/** Fields of a command that are each within bounds but can't stand together, or undefined. Looks at nothing but the command. */
export function contradiction(command: Command): Rejection | undefined {
  if (command.type === "placeOrder") return ofOrder(command);
  if (command.type === "cancelOrder" || command.type === "amendOrder") return ofReference(command);
  if (command.type === "massQuote") return ofQuotes(command.quotes);
  if (command.type === "requestQuote") return ofLegs(command.legs);
  if (command.type === "publishPrices") {
    return repeated(
      command.prices.map(({ feed }) => feed),
      (i) => `prices[${i}].feed`,
    );
  }
  if (command.type === "publishSurface") return ofSlices(command.slices);
  if (command.type === "genesis") return repeated(command.admins, (i) => `admins[${i}]`);
  if (command.type === "transfer" && command.to === command.account) {
    return malformed("to", command.to, "another account");
  }
  if (command.type === "authorizeKey" && !command.canTrade && !command.canTransfer) {
    return malformed("canTrade", "false", "true, or canTransfer true");
  }
  return undefined;
}

function ofOrder(order: PlaceOrder): Rejection | undefined {
  const { priceTicks, timeInForce, postOnly, expiryMs, trigger, triggerTicks } = order;
  if (postOnly && priceTicks === 0) return malformed("priceTicks", 0, "above 0 for a post-only order");
  if (postOnly && (timeInForce === "ioc" || timeInForce === "fok")) {
    return malformed("timeInForce", timeInForce, "gtc or gtt for a post-only order");
  }
  if (timeInForce === "gtt" && expiryMs === 0) return malformed("expiryMs", 0, "above 0 for gtt");
  if (timeInForce !== "gtt" && expiryMs !== 0) return malformed("expiryMs", expiryMs, "0 unless gtt");
  if (trigger === "none" && triggerTicks !== 0)
    return malformed("triggerTicks", triggerTicks, "0 without a trigger");
  if (trigger !== "none" && triggerTicks === 0) return malformed("triggerTicks", 0, "above 0 for a trigger");
  return undefined;
}

function ofReference({ orderId, clientOrderId }: CancelOrder | AmendOrder): Rejection | undefined {
  if (orderId === 0 && clientOrderId === 0)
    return malformed("orderId", 0, "above 0, or clientOrderId above 0");
  if (orderId !== 0 && clientOrderId !== 0) {
    return malformed("clientOrderId", clientOrderId, "0 when orderId is given");
  }
  return undefined;
}

function ofQuotes(quotes: readonly Quote[]): Rejection | undefined {
  return (
    repeated(
      quotes.map(({ instrument }) => instrument),
      (i) => `quotes[${i}].instrument`,
    ) ??
    first(quotes, ({ bidTicks, bidLots, askTicks, askLots }, i) => {
      if ((bidTicks === 0) !== (bidLots === 0)) {
        return malformed(`quotes[${i}].bidTicks`, bidTicks, "0 exactly when bidLots is 0");
      }
      if ((askTicks === 0) !== (askLots === 0)) {
        return malformed(`quotes[${i}].askTicks`, askTicks, "0 exactly when askLots is 0");
      }
      return bidTicks !== 0 && askTicks !== 0 && askTicks <= bidTicks
        ? malformed(`quotes[${i}].askTicks`, askTicks, `above the bid ${bidTicks}`)
        : undefined;
    })
  );
}

function ofLegs(legs: readonly Leg[]): Rejection | undefined {
  return (
    repeated(
      legs.map(({ instrument }) => instrument),
      (i) => `legs[${i}].instrument`,
    ) ?? first(legs, ({ lots }, i) => (lots === 0 ? malformed(`legs[${i}].lots`, 0, "not 0") : undefined))
  );
}

function ofSlices(slices: readonly PublishedSlice[]): Rejection | undefined {
  return first(slices, ({ expiryMs }, i) => {
    const before = slices[i - 1]?.expiryMs ?? -1;
    return expiryMs > before
      ? undefined
      : malformed(`slices[${i}].expiryMs`, expiryMs, `above ${before}: expiries ascend`);
  });
}

function first<T>(
  items: readonly T[],
  check: (item: T, i: number) => Rejection | undefined,
): Rejection | undefined {
  for (const [i, item] of items.entries()) {
    const rejection = check(item, i);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

function repeated(values: readonly (number | string)[], path: (i: number) => string): Rejection | undefined {
  const seen = new Set<number | string>();
  return first(values, (value, i) => {
    if (seen.has(value)) return malformed(path(i), value, "each once");
    seen.add(value);
    return undefined;
  });
}
