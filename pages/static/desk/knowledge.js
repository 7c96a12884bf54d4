// The pages for those who write articles: what is not saved is not lost, and saving shows that it works.

const form = document.querySelector("[data-article]");
let changed = form?.hasAttribute("data-changed") ?? false;
let leaving = false;

function guardChanges() {
  const state = document.getElementById("save-state");
  const tell = () => {
    state.textContent = changed ? form.dataset.unsaved : "";
  };
  tell();
  form.addEventListener("input", (event) => {
    if (event.target.name === "view") return;
    changed = true;
    tell();
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && !leaving) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  });
}

// On a narrow screen text and preview take turns.
function panes() {
  const panes = form.querySelector(".editor-panes");
  const show = () => {
    panes.dataset.view = form.querySelector("input[name=view]:checked").value;
  };
  for (const choice of form.querySelectorAll("input[name=view]")) choice.addEventListener("change", show);
  show();
}

// A save asks every probe first, which takes seconds: the button says so, and is pressed once.
function working() {
  document.addEventListener("submit", (event) => {
    const note = event.target.dataset.working;
    const button = event.submitter;
    if (!note || !button) return;
    const bar = document.createElement("span");
    bar.className = "spinner";
    requestAnimationFrame(() => {
      for (const one of event.target.querySelectorAll("button[type=submit]")) one.disabled = true;
      button.replaceChildren(bar, note);
    });
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function dialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.querySelector(opener.dataset.open).showModal();
    event.target.closest("[data-close]")?.closest("dialog").close();
  });
}

if (form) guardChanges();
if (form?.querySelector(".editor-panes")) panes();
working();
dialogs();
