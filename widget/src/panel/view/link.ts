/** The card above the composer while a link to another channel waits. */
import { html, type TemplateResult } from "lit";
import type { Links } from "../links";
import type { Link } from "../protocol";
import type { Words } from "../words";

export function linkView(link: Link, links: Links, words: Words): TemplateResult {
  const claimed = link.state === "claimed";
  return html`<section class="linking" role="alert">
    <p dir="auto">${claimed ? words.isItYou(link.name ?? "?") : words.openTelegram}</p>
    <div class="buttons">
      ${
        claimed
          ? html`<button type="button" @click=${() => links.decide(true)}>${words.itIsMe}</button>
            <button type="button" @click=${() => links.decide(false)}>${words.notMe}</button>`
          : html`<a class="primary" href=${link.url ?? ""} target="_blank" rel="noopener">Telegram<span class="hidden">, ${words.newTab}</span></a>
            <button type="button" @click=${() => links.cancel()}>${words.cancel}</button>`
      }
    </div>
  </section>`;
}
