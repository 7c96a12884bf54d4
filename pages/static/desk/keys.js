// Single-key shortcuts. They rest while one types, and can be switched off (WCAG 2.1.4).

const STORE = "firstline:keys";
const PREFIX_TIME = 1200;

export function keys() {
  const dialog = document.getElementById("keys");
  const box = document.getElementById("keys-on");
  box.checked = localStorage.getItem(STORE) !== "off";
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
  document.getElementById("keys-open").addEventListener("click", () => dialog.showModal());
  let going = 0;

  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (Date.now() - going < PREFIX_TIME) {
      going = 0;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    if (event.key === "g") going = Date.now();
    else if (ACTIONS[event.key]?.(dialog) !== undefined) event.preventDefault();
  });
}

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  t: take,
  r: () => write("reply"),
  n: () => write("note"),
  e: () => document.querySelector("a[data-key=e]")?.click() ?? undefined,
  "/": () => focus(document.querySelector("input[type=search][data-key='/']")),
  "?": (dialog) => dialog.showModal() ?? true,
};

function isTyping(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  const at = rows.indexOf(document.activeElement);
  return focus(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)]);
}

// `t` takes the row that has the focus, else the open conversation, else who waits longest.
function take() {
  const row = document.activeElement.closest(".row")?.querySelector("[data-key=t]");
  const button = row ?? document.querySelector(".thread-acts [data-key=t]") ?? longest();
  button?.click();
  return button ? true : undefined;
}

function longest() {
  return document.querySelector(".pane-thread") ? null : document.querySelector(".group-waiting [data-key=t]");
}

function write(kind) {
  const form = document.querySelector("[data-composer]");
  const choice = form?.querySelector(`input[name=as][value=${kind}]`);
  if (choice?.type === "radio" && !choice.checked) choice.click();
  return choice ? focus(form.querySelector("textarea")) : undefined;
}

function focus(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return element ? true : undefined;
}
