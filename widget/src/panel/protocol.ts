/** The frames that cross /api/chat, word for word as the server speaks them. */

export type Mode = "bot" | "waiting" | "human" | "closed";
export type Language = "en" | "zh";

export interface Source {
  article: string;
  title: string;
  url: string;
}

export interface Button {
  id: string;
  title: string;
}

export interface Attachment {
  id: string;
  name: string;
  size_bytes: number;
  media_type: string;
}

export interface Message {
  id: string;
  seq: number;
  client_id: string | null;
  author: "customer" | "bot" | "agent";
  agent_name: string | null;
  kind: string;
  text: string;
  /** Sanitised by the server for bot and agent; null for what the customer wrote, which is text. */
  html: string | null;
  sources: Source[];
  buttons: Button[];
  ticket: string | null;
  attachments: Attachment[];
  at: string;
}

export interface Welcome {
  type: "welcome";
  conversation: string | null;
  token: string | null;
  mode: Mode;
  position: number | null;
  agent_name: string | null;
  company: string;
  colour: string;
  upload_max_bytes: number;
  /** Channels on which one can go on as the same customer. */
  elsewhere?: string[];
}

export interface Link {
  id: string;
  channel: string;
  state: "open" | "claimed" | "linked";
  /** Who followed the link there. */
  name: string | null;
  /** Where it is followed; told only to the one who made it. */
  url?: string;
}

export interface ModeChange {
  type: "mode";
  mode: Mode;
  position: number | null;
  agent_name: string | null;
}

export interface Refusal {
  type: "error";
  code: string;
  detail: string;
  retry_after: number | null;
  client_id: string | null;
}

export type FromServer =
  | Welcome
  | ModeChange
  | Refusal
  | { type: "message"; message: Message }
  | { type: "sent"; client_id: string; seq: number }
  | { type: "typing"; author: "bot" | "agent"; agent_name: string | null }
  | { type: "delivered"; seq: number }
  | { type: "link" }
  | { type: "ping" };

export type ToServer =
  | {
      type: "hello";
      conversation: string | null;
      token: string | null;
      since: number;
      language: Language;
      /** Sent without a conversation: the one that this browser left for a new one. */
      previous?: { conversation: string; token: string };
    }
  | { type: "send"; client_id: string; text: string; attachments: string[] }
  | { type: "send"; client_id: string; button: string }
  | { type: "typing" }
  | { type: "read"; seq: number }
  | { type: "pong" };

/** Close code of a token that the server does not know (any more). */
export const BAD_TOKEN = 4401;
/** Close code of a site that is not in ALLOWED_ORIGINS. */
export const BAD_ORIGIN = 4403;

export const MAX_TEXT = 4000;
