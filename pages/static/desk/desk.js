// The desk's script: ties live hints, keys, composer and small comforts to the page that the server renders.
import { composers } from "./composer.js";
import { keys } from "./keys.js";
import { live } from "./live.js";

const words = JSON.parse(document.body.dataset.words);

export function notice(text, kind = "bad") {
  const box = document.createElement("div");
  box.className = `notice ${kind}`;
  const line = document.createElement("p");
  line.textContent = text;
  box.append(line);
  document.getElementById("notices").append(box);
}

// A notice goes after eight seconds, or when it is clicked; not while it is pointed at.
function fadeNotices() {
  const holder = document.getElementById("notices");
  const leave = (box) => (box.matches(":hover") ? setTimeout(() => leave(box), 2000) : box.remove());
  new MutationObserver((changes) => {
    for (const change of changes) for (const box of change.addedNodes) setTimeout(() => leave(box), 8000);
  }).observe(holder, { childList: true });
  holder.addEventListener("click", (event) => event.target.closest(".notice")?.remove());
}

function tick() {
  for (const wait of document.querySelectorAll("[data-wait]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(wait.dateTime)) / 1000));
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = String(seconds % 60).padStart(2, "0");
    wait.textContent = hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
    wait.classList.toggle("is-long", seconds > 300);
  }
}

// Below a wide screen the details lie over the thread, behind a button.
function detailsDrawer() {
  const set = (open) => {
    document.body.classList.toggle("details-open", open);
    document.getElementById("details-open")?.setAttribute("aria-expanded", String(open));
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-details-close]")) set(false);
    else if (event.target.closest("#details-open")) set(!document.body.classList.contains("details-open"));
    else if (!event.target.closest("#details")) set(false);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && set(false));
}

function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

function copies() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    field.select();
    await navigator.clipboard?.writeText(field.value);
    button.textContent = words.copied;
  });
}

// A ticket's selects are morphed by attribute; what was chosen by hand follows the server's word again.
function freshSelects() {
  for (const select of document.querySelectorAll("select[data-now]")) select.value = select.dataset.now;
}

// The thread stays at its end while one reads there, and stays put while one reads further up.
function followThread() {
  let atEnd = true;
  const thread = () => document.getElementById("thread");
  const toEnd = () => thread()?.scrollTo({ top: thread().scrollHeight });
  document.addEventListener("htmx:before:swap", () => {
    const box = thread();
    atEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  });
  document.addEventListener("htmx:after:swap", () => atEnd && toEnd());
  toEnd();
}

fadeNotices();
detailsDrawer();
menus();
copies();
followThread();
composers(words, notice);
keys();
live(words, notice);
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:after:swap", () => {
  tick();
  freshSelects();
});
document.addEventListener("htmx:error", () => notice(words.failed));
