// The review by keyboard: what one presses is looked up among [data-stroke]; "a" waits for the digit after it.
// Keys rest while one types, while an answer is under way, and when single-key shortcuts are switched off.

const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable]";
let begun = "";
let leaving = 0;
let busy = false;
let judged = false;

document.addEventListener("submit", (event) => {
  if (event.target.closest("#main")) busy = judged = true;
});
document.addEventListener("htmx:after:swap", () => {
  if (judged) startAfresh();
  busy = judged = false;
});
for (const end of ["htmx:error", "htmx:response:error"]) document.addEventListener(end, () => (busy = judged = false));

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches(FIELDS)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(FIELDS)) return;
  if (!document.getElementById("keys-on").checked || document.querySelector("dialog[open]")) return;
  if (event.key === "g") leaving = Date.now();
  if (event.key === "g" || Date.now() - leaving < 1200) return;
  const stroke = begun + event.key;
  const found = document.querySelector(`#main [data-stroke="${CSS.escape(stroke)}"]`);
  const longer = document.querySelector(`#main [data-stroke^="${CSS.escape(stroke)}"]`);
  show(found || !longer ? "" : stroke);
  if (found || longer) event.preventDefault();
  if (found && !busy) press(found);
});

document.addEventListener("click", (event) => event.target.closest("[data-first-only]") && firstOnly());

function show(prefix) {
  begun = prefix;
  document.getElementById("judge")?.setAttribute("data-begun", prefix);
}

function press(element) {
  if (element.matches("input")) {
    element.focus();
    return;
  }
  element.click();
  if (element.matches("summary")) element.parentElement.querySelector("input")?.focus();
}

// The page is morphed, so that what was typed for the last group would stay, and keep the keys to itself.
function startAfresh() {
  document.activeElement?.blur();
  for (const field of document.querySelectorAll("#judge input:not([type=checkbox], [type=hidden])")) field.value = "";
  for (const box of document.querySelectorAll("#judge input[type=checkbox]")) box.checked = true;
  for (const more of document.querySelectorAll("#judge details")) more.open = false;
  document.getElementById("main").scrollTo({ top: 0 });
}

function firstOnly() {
  const boxes = [...document.querySelectorAll("#judge input[name=item]")];
  const all = boxes.slice(1).some((box) => !box.checked);
  for (const box of boxes.slice(1)) box.checked = all;
}
