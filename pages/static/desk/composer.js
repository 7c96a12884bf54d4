// The composer: reply or note, files by button, paste and drop, articles to insert; drafts survive a reload.

const TYPING_EVERY = 3000;
const NOTE = "note";

export function composers(words, notice) {
  const uploads = uploader(words, notice);
  restore();
  document.addEventListener("htmx:after:swap", restore);
  document.addEventListener("input", typed);
  document.addEventListener("change", (event) => changed(event, uploads));
  document.addEventListener("keydown", sendOnEnter);
  document.addEventListener("paste", (event) => uploads(composerAt(event.target), event.clipboardData?.files));
  document.addEventListener("dragover", (event) => composerAt(event.target) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const form = composerAt(event.target);
    if (!form || !event.dataTransfer.files.length) return;
    event.preventDefault();
    uploads(form, event.dataTransfer.files);
  });
  document.addEventListener("click", clicked);
  document.addEventListener("htmx:before:request", sending);
  document.addEventListener("htmx:finally:request", sent);
}

function composerAt(element) {
  return element.closest?.("[data-composer]");
}

const text = (form) => form.querySelector("textarea");
const isNote = (form) => form.elements.as.value === NOTE;
const draftKey = (form) => `draft:${form.dataset.draft}`;

// One may write on while a message is on its way: only what was sent is taken out of the composer.
function sending(event) {
  const form = event.detail.ctx.sourceElement;
  if (!form.matches?.("[data-composer]")) return;
  if (form.querySelector(".is-loading")) {
    event.preventDefault();
    return;
  }
  form.querySelector("[data-send]").disabled = true;
  form.sentText = text(form).value;
  form.sentFiles = [...form.querySelectorAll(".file-chip")];
}

function sent(event) {
  const form = event.detail.ctx.sourceElement;
  if (!form.matches?.("[data-composer]")) return;
  form.querySelector("[data-send]").disabled = false;
  if (!event.detail.ctx.response?.raw.ok) return;
  const area = text(form);
  if (area.value.startsWith(form.sentText)) area.value = area.value.slice(form.sentText.length);
  for (const chip of form.sentFiles) chip.remove();
  sessionStorage.setItem(draftKey(form), area.value);
  grow(area);
}

function restore() {
  for (const form of document.querySelectorAll("[data-composer]:not([data-kept])")) {
    form.dataset.kept = "yes";
    text(form).value ||= sessionStorage.getItem(draftKey(form)) ?? "";
    dress(form);
    grow(text(form));
  }
}

// A note says so before it is sent; that it looks like one is the stylesheet's, which no refresh undoes.
function dress(form) {
  const kind = isNote(form) ? NOTE : "reply";
  text(form).placeholder = text(form).dataset[kind];
  const send = form.querySelector("[data-send]");
  send.textContent = send.dataset[kind];
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 260)}px`;
}

let lastTyping = 0;

function typed(event) {
  const form = composerAt(event.target);
  if (!form || event.target.tagName !== "TEXTAREA") return;
  grow(event.target);
  sessionStorage.setItem(draftKey(form), event.target.value);
  if (!isNote(form) && Date.now() - lastTyping > TYPING_EVERY) {
    lastTyping = Date.now();
    document.dispatchEvent(new Event("desk:typing"));
  }
}

function changed(event, uploads) {
  const form = composerAt(event.target);
  if (!form) return;
  if (event.target.name === "as") {
    dress(form);
    text(form).focus();
  } else if (event.target.matches("[data-pick-input]")) {
    uploads(form, event.target.files);
    event.target.value = "";
  }
}

// Enter sends, unless an input method is still composing a word.
function sendOnEnter(event) {
  const form = composerAt(event.target);
  if (!form || event.target.tagName !== "TEXTAREA" || event.key !== "Enter") return;
  if (event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  const ready = event.target.value.trim() || form.querySelector("input[name=files]");
  const busy = form.querySelector("[data-send]").disabled || form.querySelector(".is-loading");
  if (ready && !busy) form.requestSubmit();
}

function clicked(event) {
  const form = composerAt(event.target);
  if (form && event.target.closest("[data-pick]")) form.querySelector("[data-pick-input]").click();
  const opens = form && event.target.closest("[data-opens]");
  if (opens) {
    const dialog = document.getElementById(opens.dataset.opens);
    dialog.showModal();
    dialog.querySelector("input[type=search]").focus();
  }
  event.target.closest("[data-closes]")?.closest("dialog").close();
  event.target.closest("[data-drop]")?.closest(".file-chip").remove();
  const insert = event.target.closest("[data-insert]");
  if (!insert) return;
  const area = document.querySelector("[data-composer] textarea");
  area.setRangeText(insert.dataset.insert, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  insert.closest("dialog").close();
  area.focus();
}

function uploader(words, notice) {
  return async (form, files) => {
    if (!form?.dataset.upload || !form.querySelector("[data-files]") || !files?.length) return;
    await Promise.all([...files].map((file) => upload(form, file, words, notice)));
  };
}

async function upload(form, file, words, notice) {
  const chip = fileChip(file.name, words);
  form.querySelector("[data-files]").append(chip);
  const body = new FormData();
  body.append("file", file);
  const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content, Accept: "application/json" };
  try {
    const answer = await fetch(form.dataset.upload, { method: "POST", body, headers });
    const stored = await answer.json();
    if (!answer.ok) throw new Error(stored.detail);
    chip.classList.remove("is-loading");
    chip.querySelector("input").value = stored.id;
  } catch (error) {
    chip.remove();
    notice(error instanceof TypeError ? words.failed : error.message);
  }
}

function fileChip(name, words) {
  const chip = document.createElement("span");
  chip.className = "file-chip is-loading";
  const label = document.createElement("span");
  label.textContent = name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.dataset.drop = "";
  remove.textContent = "×";
  remove.setAttribute("aria-label", words.remove.replace("{name}", name));
  const value = document.createElement("input");
  value.type = "hidden";
  value.name = "files";
  chip.append(label, remove, value);
  return chip;
}
