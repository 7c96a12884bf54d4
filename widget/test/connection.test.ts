import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Backoff } from "../src/panel/backoff";
import { Connection, type Why } from "../src/panel/connection";
import { FakeSocket, open } from "./desk";

const why: Why[] = [];
let hellos = 0;

function connect(): Connection {
  const listener = { opened: () => hellos++, heard: () => {}, closed: (reason: Why) => why.push(reason) };
  const connection = new Connection("ws://desk", listener, new Backoff(500, 30_000, () => 1), open);
  connection.connect();
  return connection;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  FakeSocket.all = [];
  why.length = hellos = 0;
});

test("waits double, with jitter, up to a ceiling", () => {
  const longest = new Backoff(500, 4000, () => 1);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => longest.next()),
    [500, 1000, 2000, 4000, 4000],
  );
  const shortest = new Backoff(500, 4000, () => 0);
  assert.deepEqual(
    [1, 2, 3].map(() => shortest.next()),
    [250, 500, 1000],
  );
});

test("a lost line is opened again after the wait", () => {
  connect();
  FakeSocket.latest.accept();
  FakeSocket.latest.drop();
  mock.timers.tick(499);
  assert.equal(FakeSocket.all.length, 1);
  mock.timers.tick(1);
  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual(why, ["lost"]);
});

test("a line that falls silent counts as lost", () => {
  connect();
  FakeSocket.latest.accept();
  FakeSocket.latest.say({ type: "ping" });
  assert.deepEqual(FakeSocket.latest.sent, [{ type: "pong" }]);
  mock.timers.tick(60_000);
  assert.deepEqual(why, ["lost"]);
});

test("the network's return ends the wait", () => {
  const connection = connect();
  FakeSocket.latest.drop();
  connection.hurry();
  assert.equal(FakeSocket.all.length, 2);
  connection.hurry();
  assert.equal(FakeSocket.all.length, 2);
});

test("a site that may not embed the chat is not asked again", () => {
  connect();
  FakeSocket.latest.drop(4403);
  mock.timers.tick(120_000);
  assert.equal(FakeSocket.all.length, 1);
  assert.deepEqual(why, ["bad_origin"]);
});
