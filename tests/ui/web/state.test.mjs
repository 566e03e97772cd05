import assert from 'node:assert/strict';
import test from 'node:test';
import { commandsOver } from '../../../app/ui/web/live/commands.js';
import { keepCurrent } from '../../../app/ui/web/live/connection.js';
import { groups, hands, holds, summary } from '../../../app/ui/web/live/model.js';
import { problems } from '../../../app/ui/web/live/problems.js';
import { applyPatch, CURVE_POINTS, fromSnapshot } from '../../../app/ui/web/live/state.js';
import {
  conditionWords, duration, grouped, number, secondOfDay, stateWord,
} from '../../../app/ui/web/live/words.js';

const NOW = 1_000_000;
const seat = (index, id) => ({ seat: String(index), index, role: `cook_${'ab'[index]}`, participant_id: id });
const player = (id, more = {}) => ({
  participant_id: id, label: id.toUpperCase(), state: 'playing', scene_id: 'game', match_id: 'm', connected: true,
  episode: 0, frame: 300, ping_ms: 40, fps: 30, frames_played: 301, acknowledged_frames: 286, ...more,
});
const snapshot = (more = {}) => ({
  server_time_ms: NOW,
  session: { state: 'open' },
  seats: [{ seat: '0', role: 'cook_a' }, { seat: '1', role: 'cook_b' }],
  scenes: { game: { num_episodes: 2, max_steps: 900, fps: 30 } },
  participants: [player('a'), player('b')],
  matches: [{ match_id: 'm', number: 4, scene_id: 'game', state: 'PLAYING', episode: 0, seats: [seat(0, 'a'), seat(1, 'b')] }],
  refused: {},
  ...more,
});
const titles = (state) => problems(state).map((problem) => problem.title);

test('a patch replaces the whole of what it names and leaves the state before as it was', () => {
  const before = fromSnapshot(snapshot(), NOW);
  const after = applyPatch(before, { path: ['participants', 'a'], value: player('a', { frame: 330 }) });
  assert.equal(after.participants.get('a').frame, 330);
  assert.equal(before.participants.get('a').frame, 300);
  assert.equal(applyPatch(after, { path: ['participants', 'a'], value: null }).participants.has('a'), false);
  assert.equal(applyPatch(after, { path: ['session'], value: { state: 'closed' } }).facts.session.state, 'closed');
  assert.equal(applyPatch(after, { path: ['refused', 'bad_token'], value: 2 }).facts.refused.bad_token, 2);
});

test('a path cannot reach the prototype of all objects', () => {
  const state = fromSnapshot(snapshot(), NOW);
  applyPatch(state, { path: ['__proto__', 'taken'], value: true });
  applyPatch(state, { path: ['session', '__proto__', 'taken'], value: true });
  assert.equal({}.taken, undefined);
});

test('the curve keeps the last pings only', () => {
  let state = fromSnapshot(snapshot(), NOW);
  for (let ping = 0; ping < CURVE_POINTS + 5; ping += 1) {
    state = applyPatch(state, { path: ['participants', 'a'], value: player('a', { ping_ms: ping }) });
  }
  assert.equal(state.pings.get('a').length, CURVE_POINTS);
  assert.equal(state.pings.get('a').at(-1), CURVE_POINTS + 4);
});

test('seats are grouped by match, and the others by where they are', () => {
  const others = ['waiting', 'reading', 'lobby_timeout'].map((status) => player(status, { state: status, match_id: null }));
  const { running, over, waiting, elsewhere, left } = groups(fromSnapshot(
    snapshot({ participants: [player('a'), player('b'), ...others] }), NOW));
  assert.deepEqual(running.map(({ label, rows }) => [label, rows.map((row) => row.partners)]), [['Match 4', [['B'], ['A']]]]);
  assert.deepEqual([over.length, waiting[0].label, elsewhere[0].label, left[0].label], [0, 'WAITING', 'READING', 'LOBBY_TIMEOUT']);
});

test('an earlier match of a participant does not show the numbers of the present one', () => {
  const earlier = { match_id: 'e', number: 1, scene_id: 'game', state: 'ENDED', end_reason: 'COMPLETED', seats: [seat(0, 'a'), seat(1, 'b')] };
  const { over } = groups(fromSnapshot(snapshot({ matches: [earlier, ...snapshot().matches] }), NOW));
  assert.equal(over[0].rows[0].frame, undefined);
  assert.equal(over[0].rows[0].label, 'A');
});

test('nothing is wrong in a match that runs well', () => {
  assert.deepEqual(titles(fromSnapshot(snapshot(), NOW)), []);
  assert.equal(summary(fromSnapshot(snapshot(), NOW)).unsafeMs, 1500);
});

test('what goes wrong is named, the gravest first', () => {
  const state = fromSnapshot(snapshot({
    participants: [player('a', { ping_ms: 300, fps: 20, acknowledged_frames: 121 }), player('b', { state: 'interrupted' })],
    matches: [{ ...snapshot().matches[0], desync: { episode: 1, kind: 'inputs_hash' } }],
    refused: { bad_token: 2 },
  }), NOW);
  assert.deepEqual(titles(state), [
    'The records of the seats differ', 'Connection lost', 'Slow connection, 300 ms',
    'Slow computer, 20 of 30 frames per second', '0:07 of play not stored yet', '2 messages from participants’ pages refused',
  ]);
  assert.equal(problems(state)[0].where, 'Match 4, episode 2, inputs hash');
});

test('where the pages could tell in which part the states differ, it is named', () => {
  const desync = { episode: 0, frame: 30, column: 'state_hash', part: 'env.pot' };
  const state = fromSnapshot(snapshot({ matches: [{ ...snapshot().matches[0], desync }] }), NOW);
  assert.equal(problems(state)[0].where, 'Match 4, episode 1, frame 30, state hash, in env.pot');
});

test('who is not heard by a partner is named with since when and by whom, and who is cut off altogether only once', () => {
  const at = new Date(2027, 0, 15, 9, 30, 5);
  const silent = [{ by: 'a', at_utc: at.toISOString(), silent_ms: 3000 }];
  const waits = { fps: 0, ping_ms: 900 };
  const found = problems(fromSnapshot(snapshot({ participants: [player('a', waits), player('b', { silent, ...waits })] }), NOW));
  assert.deepEqual(found.map(({ title, where, severity }) => [title, where, severity]),
    [[`Not heard by A since ${secondOfDay(at.getTime() - 3000)}`, 'Match 4, B', 'bad']]);
  assert.match(found[0].title, /30.02/);
  const cut = fromSnapshot(snapshot({ participants: [player('a'), player('b', { silent, state: 'interrupted' })] }), NOW);
  assert.deepEqual(titles(cut), ['Connection lost']);
});

test('who is out of a game that goes on counts as playing still and is a problem', () => {
  const state = fromSnapshot(snapshot({ participants: [player('a'), player('b', { state: 'away' })] }), NOW);
  assert.deepEqual([titles(state), summary(state).playing], [['Out of the game'], 2]);
});

test('a partner who left is named by label', () => {
  const match = { ...snapshot().matches[0], state: 'ENDED', end_reason: 'PARTNER_LEFT', left_seat: 1 };
  assert.deepEqual(titles(fromSnapshot(snapshot({ matches: [match] }), NOW)), ['B left during a match']);
});

test('an environment that raised is shown with its traceback instead of a technical reason', () => {
  const error = { participant_id: 'a', seat: '0', episode: 0, frame: 31, message: 'ZeroDivisionError: x', traceback: 'line 7' };
  const match = { ...snapshot().matches[0], state: 'ENDED', end_reason: 'TECH_PROBLEM', error };
  const [found, ...others] = problems(fromSnapshot(snapshot({ matches: [match] }), NOW));
  assert.deepEqual([found.title, found.where, found.detail, others], [
    'The environment failed: ZeroDivisionError: x', 'Match 4, seat 0, episode 1, frame 31', 'line 7', [],
  ]);
});

test('a match that plays on says who has left it', () => {
  const state = fromSnapshot(snapshot({ participants: [player('a'), player('b', { state: 'withdrawn', fps: 0 })] }), NOW);
  assert.deepEqual(titles(state), ['B left during a match']);
});

test('patches that arrive while the snapshot is fetched are applied after it', async () => {
  const handlers = {};
  const changes = [];
  let answer;
  keepCurrent({
    socket: { on: (event, handler) => { handlers[event] = handler; } },
    fetchSnapshot: () => new Promise((resolve) => { answer = resolve; }),
    now: () => NOW,
    onChange: (state, connection) => changes.push([state?.participants.get('a')?.frame, connection]),
  });
  const connected = handlers.connect();
  handlers.patches([{ path: ['participants', 'a'], value: player('a', { frame: 301 }) }]);
  assert.deepEqual(changes, []);
  answer(snapshot());
  await connected;
  handlers.patches([{ path: ['participants', 'a'], value: player('a', { frame: 302 }) }]);
  handlers.disconnect();
  assert.deepEqual(changes, [[301, 'live'], [302, 'live'], [302, 'lost']]);
});

test('an answer to an older connection is not taken', async () => {
  const handlers = {};
  const changes = [];
  const answers = [];
  keepCurrent({
    socket: { on: (event, handler) => { handlers[event] = handler; } },
    fetchSnapshot: () => new Promise((resolve) => answers.push(resolve)),
    onChange: (state, connection) => changes.push([connection, state?.participants.size]),
  });
  const first = handlers.connect();
  handlers.disconnect();
  const second = handlers.connect();
  answers[0](snapshot({ participants: [] }));
  await first;
  answers[1](snapshot());
  await second;
  assert.deepEqual(changes, [['lost', undefined], ['live', 2]]);
});

test('a browser that is no longer signed in is told apart from a server that is away', async () => {
  const handlers = {};
  const changes = [];
  let refused = false;
  keepCurrent({
    socket: { on: (event, handler) => { handlers[event] = handler; } },
    fetchSnapshot: () => Promise.reject(Object.assign(new Error('no'), { refused })),
    onChange: (_, connection) => changes.push(connection),
  });
  await handlers.connect_error();
  refused = true;
  await handlers.connect_error();
  assert.deepEqual(changes, ['lost', 'refused']);
});

test('numbers and words read as a person writes them', () => {
  assert.deepEqual([duration(7_400), duration(754_000), duration(3_729_000), duration(-5)], ['0:07', '12:34', '1:02:09', '0:00']);
  assert.deepEqual([number(null), number(NaN), number(12.6), grouped(12345)], ['–', '–', '13', '12\u202f345']);
  assert.deepEqual([stateWord('lobby_timeout').text, stateWord('constructor').text, stateWord(null).text], ['Nobody came', 'Constructor', '–']);
});

test('who goes on after a match stands with those outside a match again, without its numbers', () => {
  const ended = { match_id: 'm', number: 4, scene_id: 'game', state: 'ENDED', end_reason: 'COMPLETED', seats: [seat(0, 'a'), seat(1, 'b')] };
  const people = [player('a', { state: 'survey', scene_id: 'questions' }), player('b', { state: 'completed' })];
  const { elsewhere, left, over } = groups(fromSnapshot(snapshot({ participants: people, matches: [ended] }), NOW));
  assert.deepEqual(elsewhere.map((row) => [row.label, row.scene_id, row.frame]), [['A', 'questions', undefined]]);
  assert.deepEqual([left.length, over[0].rows.length], [0, 2]);
});

test('raised hands are listed from the longest on, and hold scenes with who waits in them', () => {
  const people = [
    player('a', { hand_raised_utc: '2026-11-21T09:05:00Z' }), player('b', { hand_raised_utc: '2026-11-21T09:01:00Z' }),
    player('c', { state: 'holding', scene_id: 'break-2' }), player('d', { state: 'holding', scene_id: 'break-1' }),
    player('e', { state: 'holding', scene_id: 'break-2' }), player('f', { state: 'reading', scene_id: 'break-2' }),
  ];
  const state = fromSnapshot(snapshot({ participants: people }), NOW);
  assert.deepEqual(hands(state).map((row) => row.label), ['B', 'A']);
  assert.deepEqual(holds(state).map(({ sceneId, rows }) => [sceneId, rows.length]), [['break-2', 2], ['break-1', 1]]);
});

test('a condition is said in words', () => {
  assert.equal(conditionWords({ delay: 2, layout: 'ring' }), 'delay 2, layout ring');
  assert.equal(conditionWords(null), '');
});

test('a command is answered with what was done, the reason why not, or that nobody answers', async () => {
  const said = [];
  const answers = [[null, { ok: true, released: 3 }], [null, { ok: false, error: { message: 'there is no hold scene.' } }], [new Error('timeout')]];
  const socket = { timeout: () => ({ emit: (...values) => { said.push(values.slice(0, 2)); values[2](...answers.shift()); } }) };
  const tell = commandsOver(socket);
  assert.equal((await tell('release_hold', { scene_id: 'hold', reason: 'go' })).released, 3);
  await assert.rejects(tell('release_hold', {}), /there is no hold scene/);
  await assert.rejects(tell('lower_hand', {}), /does not answer/);
  assert.deepEqual(said[0], ['release_hold', { scene_id: 'hold', reason: 'go' }]);
});
