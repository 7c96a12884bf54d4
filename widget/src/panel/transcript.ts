/** The conversation as a plain text file, for the customer to keep. */
import type { Language, Message } from "./protocol";
import { WORDS } from "./words";

export function authorOf(message: Pick<Message, "author" | "agent_name">, language: Language): string {
  const words = WORDS[language];
  if (message.author === "customer") return words.you;
  return message.author === "bot" ? words.assistant : (message.agent_name ?? words.colleague);
}

/** The browser's own kind of the language, such as en-GB, for dates and times. */
export function localeOf(language: Language): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
}

export function transcript(messages: Message[], company: string, language: Language): string {
  const time = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" });
  const lines = messages.map((message) => {
    const links = message.sources.map((source) => `  > ${source.title}`);
    const files = message.attachments.map((file) => `  [${file.name}]`);
    const head = `${time.format(new Date(message.at))}  ${authorOf(message, language)}`;
    return [head, ...message.text.split("\n").map((line) => `  ${line}`), ...links, ...files].join("\n");
  });
  return `${company}\n\n${lines.join("\n\n")}\n`;
}
