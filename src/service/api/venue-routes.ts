import { type FastifyInstance } from "fastify";
import {
  assetView,
  fundView,
  instrumentView,
  parameterViews,
  poolView,
  priceViews,
  underlyingView,
  venueView,
} from "../views/index.ts";
import { type ApiContext, told } from "./context.ts";
import { publicLimits } from "./limits.ts";
import { type RouteName, type RouteTypes } from "./protocol/route-types.ts";
import { serve } from "./serve.ts";

const upTo = <T>(count: number, view: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => view(i));

interface Cached {
  readonly untilMs: number;
  readonly text: Promise<string>;
}

/** What everybody gets alike. The text is made at most once in a while, however many ask. */
export function venueRoutes(app: FastifyInstance, context: ApiContext): void {
  const { engine, clearinghouse, limits, now, roots } = context;
  const { markets } = engine.stores;
  const cache = new Map<RouteName, Cached>();

  function shared<N extends RouteName>(
    name: N,
    view: () => RouteTypes[N]["answer"],
    before: () => Promise<unknown> = () => Promise.resolve(),
  ): void {
    serve(app, context, name, () => {
      const known = cache.get(name);
      if (known !== undefined && performance.now() < known.untilMs) return known.text;
      const text = before().then(() => told(clearinghouse, () => JSON.stringify(view())));
      // Not by the venue's clock: that may stand still, or be set back.
      cache.set(name, { untilMs: performance.now() + limits.cacheMs, text });
      text.catch(() => cache.delete(name));
      return text;
    });
  }

  shared("venue", () => ({
    ...venueView(engine),
    serviceTimeMs: now(),
    stateRoot: roots.last,
    limits: publicLimits(limits),
  }));
  shared("assets", () => upTo(markets.assets.count, (i) => assetView(engine, i)));
  shared("underlyings", () => upTo(markets.underlyings.count, (i) => underlyingView(engine, i)));
  shared("instruments", () => upTo(markets.instruments.count, (i) => instrumentView(engine, i)));
  shared("prices", () => priceViews(engine));
  shared("parameters", () => parameterViews(engine));
  shared(
    "fund",
    () => {
      const sizing = context.fund.latest;
      return { ...fundView(engine), ...(sizing === undefined ? {} : { sizing }) };
    },
    () => context.fund.atMost(limits.fundMs),
  );
  shared("pools", () =>
    upTo(markets.instruments.count, (i) => poolView(engine, i)).filter((pool) => pool !== undefined),
  );
}
