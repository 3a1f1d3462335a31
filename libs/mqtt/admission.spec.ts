import type { ConnectPacket } from 'aedes';
import {
  connackCode,
  isTopicName,
  judgeIdentity,
  judgeWill,
  mayPublish,
  mayRetain,
  maySubscribe,
} from './admission.js';
import { FakeAccess } from './testing/broker-rig.js';

const packet = (more: Partial<ConnectPacket>): ConnectPacket => ({
  cmd: 'connect',
  clientId: 'T1',
  username: 'T1',
  password: Buffer.from('x'),
  ...more,
});
const access = new FakeAccess();

describe('admission', () => {
  it.each([
    ['as it should be', {}, null],
    ['64 characters', { clientId: 'T'.repeat(64), username: 'T'.repeat(64) }, null],
    ['65 characters', { clientId: 'T'.repeat(65), username: 'T'.repeat(65) }, 'invalid-client-id'],
    ['no id', { clientId: '', username: '' }, 'invalid-client-id'],
    ['__proto__', { clientId: '__proto__', username: '__proto__' }, 'invalid-client-id'],
    ['a wildcard', { clientId: '+', username: '+' }, 'invalid-client-id'],
    ['a line break', { clientId: 'T1\n', username: 'T1\n' }, 'invalid-client-id'],
    ['an empty user', { username: '' }, 'no-credentials'],
    ['an empty secret', { password: Buffer.alloc(0) }, 'no-credentials'],
    ['another user', { username: 'T2' }, 'client-id-differs'],
  ])('identity: %s', (_name, more, expected) => {
    expect(judgeIdentity(packet(more))).toBe(expected);
  });

  it.each([
    ['own status', 'lift/v1/T1/status', 'x', null],
    ["another's", 'lift/v1/T2/status', 'x', 'will-not-allowed'],
    ['$SYS', '$SYS/broker', 'x', 'will-not-allowed'],
    ['a wildcard', 'lift/v1/T1/#', 'x', 'will-not-allowed'],
    ['no topic', '', 'x', 'will-not-allowed'],
    ['a NUL', 'lift/v1/T1/\0', 'x', 'will-not-allowed'],
    ['4 KiB', 'lift/v1/T1/status', 'x'.repeat(4096), null],
    ['more', 'lift/v1/T1/status', 'x'.repeat(4097), 'will-not-allowed'],
    ['a failing check', 'lift/v1/T1/throw', 'x', 'will-not-allowed'],
  ])('will: %s', (_name, topic, payload, expected) => {
    expect(judgeWill(packet({ will: { topic, payload: Buffer.from(payload) } }), access)).toBe(expected);
  });

  it('answers an unknown terminal and a wrong secret alike', () => {
    expect(connackCode('unknown-terminal')).toBe(connackCode('wrong-secret'));
    expect(connackCode('unknown-terminal')).toBe(connackCode('revoked'));
    expect(connackCode('will-not-allowed')).toBe(5);
  });

  it.each([
    '#',
    '+/x',
    'lift/v1/T1/+',
    '$SYS/#',
    '$share/g/#',
    '$share/g/lift/v1/T1/command',
    '',
    '__proto__',
  ])('does not grant %p to anybody', (filter) => {
    const generous = Object.assign(new FakeAccess(), { maySubscribe: () => filter !== '__proto__' });
    expect(maySubscribe(generous, 'T1', filter)).toBe(false);
  });

  it('grants what the access port grants, and nothing when it fails', () => {
    expect(maySubscribe(access, 'T1', 'lift/v1/T1/command')).toBe(true);
    expect(mayPublish(access, 'T1', 'lift/v1/T1/anything')).toBe(true);
    expect(mayPublish(access, 'T1', 'lift/v1/T1/throw')).toBe(false);
    expect(mayPublish(Object.assign(new FakeAccess(), { mayPublish: () => true }), 'T1', '$SYS/x')).toBe(
      false,
    );
  });

  it.each([
    ['a'.repeat(65_535), true],
    [Array(100).fill('a').join('/'), true],
    [Array(101).fill('a').join('/'), false],
    ['/', true],
    ['a/+/b', false],
  ])('topic name %#', (topic, expected) => {
    expect(isTopicName(topic)).toBe(expected);
  });

  it.each([
    ['lift/v1/T1/status', 4096, true],
    ['lift/v1/T1/status', 4097, false],
    ['lift/v1/T1/telemetry', 1, false],
    ['lift/v1/T1/status/x', 1, false],
    ['lift/v1/T2/status', 1, false],
  ])('retains %s of %i bytes: %p', (topic, bytes, expected) => {
    expect(mayRetain('T1', topic, bytes)).toBe(expected);
  });
});
