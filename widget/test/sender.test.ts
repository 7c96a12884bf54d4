import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Outbox } from "../src/panel/outbox";
import type { ToServer } from "../src/panel/protocol";
import { Sender } from "../src/panel/sender";
import { MemoryStore } from "../src/panel/storage";

let store: MemoryStore;
let outbox: Outbox;
let sender: Sender;
let sent: ToServer[];

function begin(): void {
  outbox = new Outbox(store);
  sent = [];
  sender = new Sender(outbox, { send: (frame) => sent.push(frame), expect: () => {} });
}

const texts = () =>
  sent.map((frame) => ("text" in frame ? frame.text : "button" in frame ? frame.button : ""));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 });
  store = new MemoryStore();
  begin();
});

test("messages go one at a time and in order", () => {
  const first = outbox.add("one");
  const second = outbox.add("two");
  sender.pump();
  assert.deepEqual(texts(), []);
  sender.welcome();
  sender.pump();
  assert.deepEqual(texts(), ["one"]);
  sender.settle(first.client_id);
  assert.deepEqual(texts(), ["one", "two"]);
  sender.settle(second.client_id);
  assert.deepEqual(outbox.items(), []);
});

test("what was on its way when the line was lost is sent again under the same id", () => {
  outbox.add("hello");
  sender.welcome();
  sender.lose();
  sender.welcome();
  const ids = sent.map((frame) => "client_id" in frame && frame.client_id);
  assert.equal(sent.length, 2);
  assert.equal(ids[0], ids[1]);
});

test("a reload finds what was not sent", () => {
  outbox.add("before the reload");
  begin();
  sender.welcome();
  assert.deepEqual(texts(), ["before the reload"]);
});

test("a pause that the server asks for is kept, and nothing is lost", () => {
  const item = outbox.add("too fast");
  sender.welcome();
  sender.hold(item.client_id, 5);
  sender.pump();
  mock.timers.tick(4_999);
  assert.equal(sent.length, 1);
  mock.timers.tick(1);
  assert.deepEqual(texts(), ["too fast", "too fast"]);
});

test("a refused message holds up nobody and can be tried again", () => {
  const bad = outbox.add("bad");
  outbox.add("good");
  sender.welcome();
  sender.fail(bad.client_id, "That is too long.");
  assert.deepEqual(texts(), ["bad", "good"]);
  assert.equal(outbox.find(bad.client_id)?.failed, "That is too long.");
  outbox.retry(bad.client_id);
  assert.equal(outbox.head()?.text, "bad");
});

test("words go along to a new conversation, buttons and files stay behind", () => {
  outbox.add("Yes", [], { id: "b_1", title: "Yes" });
  outbox.add("", [{ id: "f_1", name: "a.png", size_bytes: 1, media_type: "image/png" }]);
  outbox.add("my lamp", [{ id: "f_2", name: "b.png", size_bytes: 1, media_type: "image/png" }]);
  outbox.moveToNewConversation();
  assert.deepEqual(
    outbox.items().map((item) => [item.text, item.attachments]),
    [["my lamp", []]],
  );
});

test("messages written within one millisecond keep their order", () => {
  for (const text of ["a", "b", "c"]) outbox.add(text);
  assert.deepEqual(
    outbox.items().map((item) => item.text),
    ["a", "b", "c"],
  );
});
