// The live line: hints from the server, upon which the page is fetched and morphed; and who is waiting.

const FIRST_RETRY = 500;
const LONGEST_RETRY = 15000;
const TYPING_SHOWN = 6000;

export function live(words, notice) {
  const conversation = document.body.dataset.conversation.trim();
  const me = document.body.dataset.name;
  const waiting = waitingWatch(words, notice);
  let retry = FIRST_RETRY;
  let socket;

  // Filters change the address without loading a page, so that what is fetched is asked for anew each time.
  const refresh = soon(() => {
    document.getElementById("refresh").setAttribute("hx-get", location.pathname + location.search);
    window.htmx.trigger("#refresh", "refresh");
  }, 120);
  document.addEventListener("desk", refresh);
  document.addEventListener("htmx:after:swap", waiting);

  function heard(event) {
    const hint = JSON.parse(event.data);
    if (hint.type === "desk") refresh();
    else if (hint.word.startsWith("typing:")) showTyping(hint.word.replace(/^typing:(agent:)?/, ""), me, words);
    else {
      if (hint.word === "message") hideTyping();
      refresh();
    }
  }

  function open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = conversation ? `?conversation=${encodeURIComponent(conversation)}` : "";
    socket = new WebSocket(`${scheme}//${location.host}/desk/live${query}`);
    socket.onopen = () => {
      const again = retry > FIRST_RETRY;
      retry = FIRST_RETRY;
      offline(false);
      document.body.dataset.live = "on";
      if (again) refresh();
    };
    socket.onmessage = heard;
    socket.onclose = closed;
  }

  function closed(event) {
    document.body.dataset.live = "off";
    if (event.code === 4401) {
      location.reload();
      return;
    }
    offline(true);
    setTimeout(open, retry * (0.5 + Math.random()));
    retry = Math.min(retry * 2, LONGEST_RETRY);
  }

  document.addEventListener("desk:typing", () => {
    if (socket?.readyState === WebSocket.OPEN) socket.send('{"type":"typing"}');
  });
  open();
}

function soon(work, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

function offline(is) {
  document.getElementById("offline").hidden = !is;
}

let typingTimer;

function showTyping(who, me, words) {
  const mark = document.getElementById("typing");
  if (!mark || who === me) return;
  mark.textContent = who === "customer" ? words.customer : words.typing.replace("{name}", who);
  clearTimeout(typingTimer);
  typingTimer = setTimeout(hideTyping, TYPING_SHOWN);
}

function hideTyping() {
  const mark = document.getElementById("typing");
  if (mark) mark.textContent = "";
}

// Puts the queue's length into the title, and tells of newcomers and of those who wait long: by a notification
// if one asked for that, and who looks at the desk reads a reminder there.
function waitingWatch(words, notice) {
  const title = document.title;
  const read = () => JSON.parse(document.getElementById("waiting-count").dataset.waiting);
  const seen = () => new Map(read().map((one) => [one.id, one.reminders]));
  let known = seen();
  const button = document.getElementById("notify");

  function label() {
    const state = "Notification" in window ? Notification.permission : "denied";
    button.hidden = !("Notification" in window);
    button.disabled = state !== "default";
    const text = { granted: words.on, denied: words.blocked }[state];
    if (text) button.querySelector(".rail-text").textContent = text;
  }

  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    label();
  });

  function look() {
    const now = read();
    document.title = now.length ? `(${now.length}) ${title}` : title;
    for (const one of now) {
      if (!known.has(one.id)) tell(one, words.notify);
      else if (one.reminders > known.get(one.id)) {
        tell(one, words.again);
        notice(`${words.again}: ${one.words}`, "info");
      }
    }
    known = seen();
  }

  label();
  look();
  return look;
}

function tell(one, title) {
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  const shown = new Notification(title, { body: one.words, tag: `${one.id}:${one.reminders}`, silent: true });
  shown.onclick = () => {
    window.focus();
    location.href = one.path;
  };
}
