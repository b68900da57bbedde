// When a page is good enough, as rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, table } from './judgement.js';

const alike = { kind: 'any', misses: [], why: [] };
const meant = { kind: 'rage', misses: ['loading time'], why: ['a reason'] };
const missed = (kind) => ({ kind, misses: ['frustration'], why: [] });

/** A drive of 20 actions, these among them. */
const drive = (...rows) => ({ rows: [...rows, ...Array(20 - rows.length).fill(alike)], faults: [] });
const goals = { strict: 0.9, goal: 0.95 };

test('misses that docs/datadog.md explains count in the first share alone', () => {
  const { isGood, ...shares } = judged(drive(meant, missed('menu')), goals);
  assert.deepEqual(shares, { alike: 0.9, meant: 0.95 });
  assert.ok(isGood);
});

test('a page that misses one of its goals, or has a fault, is not good', () => {
  assert.ok(!judged(drive(missed('menu'), missed('select')), goals).isGood);
  assert.ok(!judged(drive(meant, meant, meant), goals).isGood);
  assert.ok(!judged({ ...drive(), faults: ['an action that Datadog has not'] }, goals).isGood);
  assert.ok(!judged({ rows: [], faults: [] }, goals).isGood);
});

test('the second time a kind is held against the page only when it missed the first time too', () => {
  const first = drive(missed('menu'), missed('select'));
  assert.ok(judged(drive(missed('option'), missed('tab'), missed('menu')), goals, first).isGood);
  assert.ok(!judged(drive(missed('menu'), missed('select')), goals, first).isGood);
});

test('the second time as the first, what is explained counts, and so does a fault', () => {
  const first = drive(missed('menu'), missed('select'));
  assert.ok(!judged(drive(meant, meant, meant), goals, first).isGood);
  assert.ok(!judged({ ...drive(), faults: ['an action that Datadog has not'] }, goals, first).isGood);
});

test('after a drive that broke off every miss of the second counts', () => {
  const second = drive(missed('menu'), missed('select'));
  assert.ok(!judged(second, goals, { rows: [], faults: ['it broke off'] }).isGood);
});

test('a table has columns of equal width', () => {
  assert.equal(table([['engine', 'page'], ['webkit', 'radix']]), 'engine  page\nwebkit  radix');
  assert.equal(table([['a', 'b'], ['longer', 'b']]), 'a       b\nlonger  b');
});
