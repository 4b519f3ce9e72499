import { routes } from "../../src/service/api/index.ts";

/** What a client sent and was sent, by route and type of message. */
export class Wire {
  readonly routes: Set<string> = new Set();
  readonly sent: Set<string> = new Set();
  readonly received: Set<string> = new Set();
  /** Answers of commands that are thrown away before the client sees them: as when a connection breaks. */
  loseAnswers = 0;
  /** Bodies of commands, in order. */
  readonly commands: string[] = [];

  /** `fetch` with a look at what passes. */
  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const name = routeOf(init?.method ?? "GET", url.pathname);
    if (name !== undefined) this.routes.add(name);
    const answer = await fetch(url, init);
    if (name !== "submitCommand") return answer;
    if (typeof init?.body === "string") this.commands.push(init.body);
    if (this.loseAnswers <= 0) return answer;
    this.loseAnswers--;
    await answer.text();
    throw new TypeError("the connection broke");
  };

  /** The same for the stream. */
  get WebSocket(): typeof WebSocket {
    const { sent, received } = this;
    return class extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        this.addEventListener("message", ({ data }) => {
          received.add((JSON.parse(String(data)) as { type: string }).type);
        });
      }
      override send(data: string): void {
        sent.add((JSON.parse(data) as { op: string }).op);
        super.send(data);
      }
    };
  }
}

function routeOf(method: string, path: string): string | undefined {
  // `/v1/auctions/fills` is no auction's.
  const exact = Object.entries(routes).find(([, route]) => route.method === method && route.path === path);
  if (exact !== undefined) return exact[0];
  for (const [name, route] of Object.entries(routes)) {
    const pattern = new RegExp(`^${route.path.replace(/\{\w+\}/g, "[^/]+")}$`);
    if (route.method === method && pattern.test(path)) return name;
  }
  return undefined;
}
