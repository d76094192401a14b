/** One visitor's conversation with one chatbot, without a face. */

export interface Source {
  index: number;
  source_id: string;
  title: string;
  kind: string;
  page: number | null;
  url: string | null;
  snippet: string;
  score: number;
  /** Where in the answer it is cited, in UTF-16 code units. */
  spans: [start: number, end: number][];
}

export interface Message {
  id: string;
  role: "visitor" | "chatbot" | "team";
  /** Who of the team wrote it, if one did. */
  author?: string | null;
  text: string;
  status: string;
  finish_reason?: string | null;
  error?: { code: string; message: string; retryable: boolean } | null;
  engine?: string | null;
  grounded?: boolean | null;
  fallback?: boolean;
  follow_ups?: string[];
  sources: Source[];
  created_at: string;
  question_id?: string;
  feedback?: { rating: "up" | "down"; comment?: string } | null;
}

/** A call that got no answer (`offline`), or one that says no. */
export interface Refused extends Error {
  code: string;
  status: number;
  retryable: boolean;
  /** Seconds until it may be tried again. */
  retryAfter: number | undefined;
  told: boolean;
  /** What else the server says, such as `field`, `limit`, `unknown`. */
  details: Record<string, any>;
}

/**
 * What a conversation tells, in the order in which it happens.
 *
 * `asked`: a question is on its way. `suggested`: what could be asked next. `failed` with a
 * `question`: it was not taken, and is the visitor's again. `waiting`: the line broke and is being
 * mended. `restarted`: what was said before is out of reach (`code` says why), and the question is
 * asked in a new conversation.
 */
export type Happening =
  | { type: "asked"; text: string }
  | { type: "started"; id: string; conversation: { id: string; token: string } }
  | { type: "said"; text: string }
  | { type: "cited"; sources: Source[] }
  | { type: "finished"; message: Partial<Message> }
  | { type: "suggested"; questions: string[] }
  | { type: "failed"; refused: Refused; question?: string }
  | { type: "waiting" }
  | { type: "restarted"; code: string };

/**
 * Who the visitor is to the site. With `token` (a JWT) or with `user_id` and its `signature`, the
 * site's server vouches for it; a name without is only a label.
 */
export type Identity =
  | { token: string }
  | { user_id: string; signature: string; name?: string; email?: string }
  | { name?: string; email?: string };

/** What goes along with every question. */
export interface About {
  /** A label. */
  visitor?: { name?: string; email?: string };
  /** Up to 10 pairs that the owner sees and no model does. */
  context?: Record<string, string>;
  /** In place of what the option `page` says. */
  page?: { url: string; title: string };
}

export interface Options {
  /** Where RagWidget is served. */
  server: string;
  chatbot: string;
  tell: (happening: Happening) => void;
  /** Where the conversation is remembered; without, it lasts as long as the page. */
  storage?: Storage;
  page?: () => { url: string; title: string };
  /** The language that the site asks for. */
  lang?: string;
  /** The visitor's language, for want of a better reason. */
  locale?: string;
  pause?: (milliseconds: number) => Promise<unknown>;
}

export class Conversation {
  constructor(options: Options);

  /** What goes along with every question. */
  about: About;
  /** What the visitor has typed and not yet asked; it is remembered. */
  draft: string;
  /** Whether a message for a human waits in what was read. */
  awaitsHuman: boolean;
  /** Whether an answer is on its way. */
  readonly busy: boolean;
  /** Whether there is more to read than was returned so far. */
  readonly hasOlder: boolean;
  /** Which conversation it is, once it has begun. */
  readonly id: string | undefined;
  /** Whether the server knows this visitor. */
  readonly known: boolean;
  /** What a face likes to remember of this visitor. */
  readonly memory: { get(name: string): any; keep(things: Record<string, any>): void };

  /** Ask, and resolve when the answer is over, whatever its end. */
  ask(message: string, how?: { mode?: string; source_ids?: string[] }): Promise<void>;
  /** Remember, for the next page to look before anybody opens the chat, whether the team's words are awaited. */
  awaitTeam(awaited: boolean): void;
  /** Call the server as this visitor. */
  call(method: string, path: string, body?: object): Promise<any>;
  /** Take over what another tab did, and say whether there is something else to be seen now. */
  catchUp(): boolean;
  /** Be somebody whom the site knows. */
  identify(identity: Identity): Promise<{ name?: string; email?: string }>;
  /** Leave this conversation for another, or for one that the next question begins. */
  leave(id?: string): void;
  /** Return the messages before those already returned, oldest first. */
  older(): Promise<Message[]>;
  /** Say whether an answer helped, and why; `null` takes it back. */
  rate(id: string, rating: "up" | "down" | null, comment?: string): Promise<any>;
  /** Be a stranger: forget what was said here, by whomever. */
  reset(): void;
  /** Return the newest part of what was said; `resume` goes on telling an answer that was under way. */
  restore(): Promise<{ messages: Message[]; resume: () => Promise<void> }>;
  /** Hear an answer again whose line broke, or another one in place of one that failed. */
  retry(id: string): Promise<void>;
  /** Return the chatbot's public settings, with its words. */
  settings(): Promise<any>;
  /** Stop the answer that is being said; what was said stays. */
  stop(): Promise<void>;
}
