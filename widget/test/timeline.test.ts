import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/panel/protocol";
import { Timeline } from "../src/panel/timeline";

const message = (seq: number): Message => ({
  id: `m${seq}`,
  seq,
  client_id: null,
  author: "bot",
  agent_name: null,
  kind: "message",
  text: `${seq}`,
  html: null,
  sources: [],
  buttons: [],
  ticket: null,
  attachments: [],
  at: "2026-11-22T19:00:00Z",
});
const seqs = (timeline: Timeline) => timeline.messages.map((one) => one.seq);

test("a repeat is dropped", () => {
  const timeline = new Timeline();
  for (const seq of [1, 2, 2, 1, 3]) assert.equal(timeline.take(message(seq)), false);
  assert.deepEqual(seqs(timeline), [1, 2, 3]);
});

test("what comes early waits for what is missing", () => {
  const timeline = new Timeline();
  timeline.take(message(1));
  assert.equal(timeline.take(message(3)), true);
  assert.equal(timeline.take(message(4)), true);
  assert.deepEqual(seqs(timeline), [1]);
  timeline.take(message(2));
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4]);
});

test("a gap that stays after asking is passed over", () => {
  const timeline = new Timeline();
  timeline.take(message(1));
  timeline.take(message(5));
  timeline.settle([message(2), message(3)]);
  assert.deepEqual(seqs(timeline), [1, 2, 3, 5]);
  assert.equal(timeline.take(message(4)), false);
});
