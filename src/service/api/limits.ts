import { bodyLimits } from "./protocol/commands.ts";
import { type VenueLimits } from "./protocol/documents.ts";
import { askLimits } from "./protocol/routes.ts";

/** What the service grants to clients. Times are milliseconds. */
export interface ApiLimits {
  /** Requests per minute: of a session's signer, else of a network address. */
  readonly requestsPerMinute: number;
  /** Commands per minute and network address, good or bad. */
  readonly commandRequestsPerMinute: number;
  /** Requests per minute of one network address, over all its sessions; commands not counted. */
  readonly requestsPerMinutePerAddress: number;
  /** Sessions that one network address may open per minute. */
  readonly sessionsPerMinute: number;
  /** Commands of one signer: sustained, and at once. */
  readonly commandsPerSecond: number;
  readonly commandBurst: number;
  /** Open sessions: of all, of one signer, and opened from one network address; the oldest give way. */
  readonly sessions: number;
  readonly sessionsPerSigner: number;
  readonly sessionsPerAddress: number;
  /** HTTP connections, those of the stream not counted: of all, and of one network address. More are cut. */
  readonly httpConnections: number;
  readonly httpConnectionsPerAddress: number;
  /** WebSocket connections: of all, and of one network address. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Bytes of one WebSocket message from a client. */
  readonly messageBytes: number;
  /** Messages from one connection: sustained, and at once. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Messages over the limit, answered by errors, after which the connection is closed. */
  readonly floodedMessages: number;
  /** Commands of one connection that wait for their receipt. */
  readonly commandsUnderWay: number;
  /** Channels of one connection. */
  readonly subscriptions: number;
  /** Bytes that wait to be sent to one connection: public updates are left out above the first, the connection ends above the second. */
  readonly conflateBytes: number;
  readonly bufferBytes: number;
  /** Updates of public channels gather for this long. */
  readonly publicMs: number;
  /** A connection must authenticate or subscribe in this time. */
  readonly idleMs: number;
  readonly heartbeatMs: number;
  /** An account's figures are sent at most this often. */
  readonly figuresMs: number;
  /** Answers that everybody gets alike are this old at most. */
  readonly cacheMs: number;
  /** The insurance fund is measured by stress this often; 0: only when someone asks. */
  readonly fundEveryMs: number;
  /** What is told of it is this old at most, as long as measuring it takes no more than a twentieth of the time. */
  readonly fundMs: number;
  /** A client must send a request's headers in this time; a new connection its first. */
  readonly headersMs: number;
  /** A client must send its whole request in this time. */
  readonly requestMs: number;
  /** An HTTP connection may go unused for so long. */
  readonly keepAliveMs: number;
  /** A client that takes nothing of its answer for so long is cut. */
  readonly answerMs: number;
  /** Closing waits this long for what is under way. */
  readonly closeMs: number;
}

export const defaultLimits: ApiLimits = {
  requestsPerMinute: 1_200,
  commandRequestsPerMinute: 60_000,
  requestsPerMinutePerAddress: 12_000,
  sessionsPerMinute: 60,
  commandsPerSecond: 200,
  commandBurst: 1_000,
  sessions: 65_536,
  sessionsPerSigner: 32,
  sessionsPerAddress: 1_024,
  httpConnections: 4_096,
  httpConnectionsPerAddress: 256,
  connections: 4_096,
  connectionsPerAddress: 64,
  messageBytes: 131_072,
  messagesPerSecond: 200,
  messageBurst: 1_000,
  floodedMessages: 100,
  commandsUnderWay: 1_024,
  subscriptions: 256,
  conflateBytes: 1_048_576,
  bufferBytes: 8_388_608,
  publicMs: 10,
  idleMs: 30_000,
  heartbeatMs: 15_000,
  figuresMs: 250,
  cacheMs: 100,
  fundEveryMs: 60_000,
  fundMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 60_000,
  answerMs: 30_000,
  closeMs: 10_000,
};

/** What clients are told of them. */
export const publicLimits = (limits: ApiLimits): VenueLimits => ({
  commandsPerSecond: limits.commandsPerSecond,
  commandBurst: limits.commandBurst,
  requestsPerMinute: limits.requestsPerMinute,
  bookDepth: askLimits.bookDepth,
  rowsPerPage: askLimits.rows,
  commandBytes: bodyLimits.other,
  documentBytes: bodyLimits.document,
  messageBytes: limits.messageBytes,
  messagesPerSecond: limits.messagesPerSecond,
  subscriptions: limits.subscriptions,
});
