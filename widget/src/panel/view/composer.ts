/** Where the customer writes: text, files by button, paste or drop, and the send button. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Chat } from "../chat";
import { type Attachment, MAX_TEXT } from "../protocol";
import { size } from "./file";
import { icon } from "./icons";
import { composerStyle, controls } from "./style";

const COUNT_FROM = MAX_TEXT - 400;
const MAX_FILES = 10;

interface Upload {
  name: string;
  size_bytes: number;
  share: number;
  done: Attachment | null;
}

export class Composer extends LitElement {
  static override styles = [controls, composerStyle];
  static override properties = {
    chat: { attribute: false },
    text: { state: true },
    uploads: { state: true },
  };
  declare chat: Chat;
  text = "";
  uploads: Upload[] = [];

  override focus(): void {
    void this.updateComplete.then(() => this.area?.focus());
  }

  /** Attaches files that came from the button, the clipboard or a drop. */
  attach(files: Iterable<File>): void {
    const words = this.chat.words;
    for (const file of [...files].slice(0, MAX_FILES - this.uploads.length)) {
      const megabytes = (this.chat.page.uploadMaxBytes / 1e6).toLocaleString(this.chat.language);
      if (file.size > this.chat.page.uploadMaxBytes) this.chat.warn(words.tooBig(file.name, megabytes));
      else void this.upload(file);
    }
  }

  private get area(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector("textarea");
  }

  private get left(): number {
    return MAX_TEXT - [...this.text.trim()].length;
  }

  private get ready(): boolean {
    const complete = this.uploads.every((upload) => upload.done);
    return complete && this.left >= 0 && (!!this.text.trim() || this.uploads.length > 0);
  }

  private async upload(file: File): Promise<void> {
    const upload: Upload = { name: file.name, size_bytes: file.size, share: 0, done: null };
    this.uploads = [...this.uploads, upload];
    try {
      upload.done = await this.chat.upload(file, (share) => {
        upload.share = share;
        this.requestUpdate();
      });
    } catch (failure) {
      this.takeOff(upload);
      this.chat.warn((failure as Error).message || this.chat.words.uploadFailed(file.name));
    }
    this.requestUpdate();
  }

  private takeOff(upload: Upload): void {
    this.uploads = this.uploads.filter((other) => other !== upload);
    this.focus();
  }

  private send(): void {
    if (!this.ready) return;
    const files = this.uploads.flatMap((upload) => upload.done ?? []);
    this.chat.say(this.text.trim(), files);
    this.text = "";
    this.uploads = [];
    if (this.area) this.area.value = "";
    this.grow();
    this.dispatchEvent(new Event("said"));
    this.focus();
  }

  /** Enter sends, but not while an input method still composes (keyCode 229: Safari ends composition first). */
  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  private onInput(): void {
    this.text = this.area?.value ?? "";
    this.grow();
    this.chat.tellTyping();
  }

  private onPaste(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.attach(files);
  }

  private onPick(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.attach(input.files ?? []);
    input.value = "";
    this.focus();
  }

  private grow(): void {
    const area = this.area;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 140)}px`;
  }

  private uploadView(upload: Upload): TemplateResult {
    const words = this.chat.words;
    return html`<li>
      ${icon("file")}
      <span dir="auto">${upload.name}</span>
      ${
        upload.done
          ? html`<small>${size(upload.size_bytes, this.chat.language)}</small>`
          : html`<progress max="1" .value=${upload.share} aria-label=${words.uploading(upload.name)}></progress>`
      }
      <button type="button" class="quiet" aria-label=${words.removeFile(upload.name)} @click=${() => this.takeOff(upload)}>${icon("close")}</button>
    </li>`;
  }

  override render() {
    const words = this.chat.words;
    const counting = this.left <= MAX_TEXT - COUNT_FROM;
    return html`${this.uploads.length ? html`<ul>${this.uploads.map((upload) => this.uploadView(upload))}</ul>` : nothing}
      <div class="field">
        <input type="file" multiple hidden @change=${this.onPick} />
        <button type="button" class="quiet" aria-label=${words.attach} title=${words.attach} @click=${() => this.renderRoot.querySelector("input")?.click()}>${icon("attach")}</button>
        <textarea
          rows="1"
          dir="auto"
          aria-label=${words.placeholder}
          placeholder=${words.placeholder}
          aria-describedby="left"
          aria-invalid=${this.left < 0}
          enterkeyhint="send"
          @input=${this.onInput}
          @keydown=${this.onKey}
          @paste=${this.onPaste}
        ></textarea>
        <button type="button" class="send" aria-label=${words.send} title=${words.send} aria-disabled=${!this.ready} @click=${this.send}>${icon("send")}</button>
      </div>
      <p id="left" class=${this.left < 0 ? "over" : ""} role="status">${counting ? words.left(this.left) : nothing}</p>`;
  }
}
