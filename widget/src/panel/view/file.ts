/** A file of a message: a picture is shown, anything else is offered for download. */
import { html, LitElement, nothing } from "lit";
import type { Chat } from "../chat";
import { saveAs } from "../http";
import type { Attachment } from "../protocol";
import { icon } from "./icons";
import { controls, fileStyle } from "./style";

/** Types a browser shows as a still or moving picture, never as a document of its own (SVG can carry script). */
const PICTURE = /^image\/(png|jpeg|gif|webp|avif)$/;

export function size(bytes: number, language: string): string {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

export class FileView extends LitElement {
  static override styles = [controls, fileStyle];
  static override properties = {
    chat: { attribute: false },
    file: { attribute: false },
    picture: { state: true },
  };
  declare chat: Chat;
  declare file: Attachment;
  declare picture: string | null;
  private wanted = "";

  override willUpdate(): void {
    if (this.wanted === this.file.id) return;
    this.wanted = this.file.id;
    this.picture = null;
    if (PICTURE.test(this.file.media_type)) void this.preview(this.file);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.wanted = "";
  }

  /** The address of a picture needs the token, which an <img> cannot send: hence a blob. */
  private async preview(file: Attachment): Promise<void> {
    try {
      const blob = await this.chat.fetch(file);
      if (this.isConnected && this.wanted === file.id) this.picture = URL.createObjectURL(blob);
    } catch {
      this.picture = null;
    }
  }

  private async save(): Promise<void> {
    try {
      saveAs(await this.chat.fetch(this.file), this.file.name);
    } catch {
      this.chat.warn(this.chat.words.fileGone);
    }
  }

  override render() {
    const { name, size_bytes } = this.file;
    const { language } = this.chat;
    return html`<button type="button" class=${this.picture ? "picture" : "chip"} aria-label=${this.chat.words.download(name)} @click=${this.save}>
      ${
        this.picture
          ? html`<img src=${this.picture} alt=${name} />`
          : html`${icon("file")}<span dir="auto">${name}</span><small>${size_bytes ? size(size_bytes, language) : nothing}</small>`
      }
    </button>`;
  }
}
