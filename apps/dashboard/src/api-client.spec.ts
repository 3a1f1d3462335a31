import { createAlarmApi } from './api-client.js';
import { Http } from './http.js';
import { createSessionDoor, isSendableKey } from './session.js';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function apiWith(answer: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const dates: (string | null)[] = [];
  const send: typeof fetch = async (input, init) => {
    sent.push({ url: String(input), init: init ?? {} });
    return answer();
  };
  const credentials = {
    mode: 'same-origin' as const,
    headers: (changes: boolean): Record<string, string> => (changes ? { 'X-CSRF-Token': 'csrf' } : {}),
  };
  const http = new Http({ credentials, fetch: send, onServerDate: (date) => dates.push(date) });
  return { api: createAlarmApi(http), http, send, sent, dates };
}

const problem = (status: number, body: unknown) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

describe('createAlarmApi', () => {
  it('sends the cookie to its own server only, and with a change the token against forgery', async () => {
    const { api, sent } = apiWith(() => Response.json({ items: [], next: null }));
    await api.listAlarms({ open: true, cursor: 'c/1' });
    await api.acknowledge('a/1?x');
    await api.close('a1', '已解救');
    await api.readAlarm('a1');
    expect(sent.map(({ url }) => url)).toEqual([
      '/api/v1/alarms?open=true&limit=500&cursor=c%2F1',
      '/api/v1/alarms/a%2F1%3Fx/acknowledge',
      '/api/v1/alarms/a1/close',
      '/api/v1/alarms/a1',
    ]);
    const tokens = sent.map(({ init }) => new Headers(init.headers).get('x-csrf-token'));
    expect(tokens).toEqual([null, 'csrf', 'csrf', null]);
    for (const { init } of sent) {
      expect(init).toMatchObject({ credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
    }
    expect(sent[2]?.init.body).toBe('{"note":"已解救"}');
  });

  it('resumes a stream by header only when there is an id', async () => {
    const { api, sent } = apiWith(() => new Response('', { headers: { date: 'now' } }));
    await api.openStream(null, new AbortController().signal);
    await api.openStream('42', new AbortController().signal);
    expect(sent.map(({ init }) => new Headers(init.headers).get('last-event-id'))).toEqual([null, '42']);
  });

  it.each([
    ['a wrong key', 401, { detail: 'Unknown key.' }, 'unauthorized', 'Unknown key.'],
    ['a conflict', 409, { title: 'Conflict', detail: '已由王敏确认' }, 'conflict', '已由王敏确认'],
    ['only a title', 403, { title: 'Forbidden' }, 'forbidden', 'Forbidden'],
    ['what is not there', 404, { detail: 'No alarm.' }, 'not-found', 'No alarm.'],
    ['a proxy page', 502, '<html>', 'refused', null],
    ['null', 500, 'null', 'refused', null],
    ['a detail that is no text', 500, { detail: 7 }, 'refused', null],
  ])('reads the problem of %s', async (_name, status, body, reason, detail) => {
    const { api } = apiWith(() => problem(status, body));
    expect(await api.acknowledge('a1')).toEqual({ ok: false, reason, status, detail });
  });

  it.each([
    ['no network', () => Promise.reject(new TypeError('fetch failed'))],
    ['a body that is no JSON', () => new Response('<html>')],
  ])('%s is "unreachable"', async (_name, answer) => {
    expect(await apiWith(answer).api.listAlarms({ open: true })).toMatchObject({
      ok: false,
      reason: 'unreachable',
    });
  });

  it('reads a page, counts what is no alarm, and refuses a page without items', async () => {
    const { api } = apiWith(() => Response.json({ items: [{ id: 1 }, null], next: 7 }));
    expect(await api.listAlarms({ open: true })).toEqual({
      ok: true,
      value: { items: [], next: '7', unreadable: 2 },
    });
    const other = apiWith(() => Response.json([]));
    expect(await other.api.listAlarms({ open: true })).toMatchObject({ ok: false, reason: 'refused' });
  });

  it('takes an empty answer to an action as done', async () => {
    expect(await apiWith(() => new Response(null, { status: 204 })).api.acknowledge('a1')).toEqual({
      ok: true,
      value: null,
    });
  });

  it('passes on the date of each answer', async () => {
    const { api, dates } = apiWith(
      () => new Response('{}', { headers: { date: 'Fri, 21 Nov 2025 12:00:00 GMT' } }),
    );
    await api.readAlarm('a1');
    expect(dates).toEqual(['Fri, 21 Nov 2025 12:00:00 GMT']);
  });
});

describe('the session door', () => {
  const granted = {
    role: 'dispatcher',
    name: '王敏',
    csrfToken: 'csrf-1',
    expiresAt: '2025-11-21T20:00:00Z',
  };

  it('exchanges the key once, keeps nothing but the token, and says who it is', async () => {
    const { send, sent } = apiWith(() => Response.json(granted, { status: 201 }));
    const entered = await createSessionDoor(send).enter('lw_key');
    expect(sent[0]).toMatchObject({ url: '/api/v1/session', init: { body: '{"key":"lw_key"}' } });
    if (!entered.ok) throw new Error('not let in');
    const { role, name, expiresAtMs, credentials } = entered.value;
    expect([role, name, expiresAtMs]).toEqual(['dispatcher', '王敏', Date.UTC(2025, 10, 21, 20)]);
    expect([credentials.headers(true), credentials.headers(false)]).toEqual([
      { 'X-CSRF-Token': 'csrf-1' },
      {},
    ]);
  });

  it('ends the session with its token', async () => {
    const { send, sent } = apiWith(() => Response.json(granted));
    const door = createSessionDoor(send);
    const resumed = await door.resume();
    if (!resumed.ok) throw new Error('not let in');
    await door.leave(resumed.value);
    expect(sent.map(({ init }) => init.method)).toEqual(['GET', 'DELETE']);
    expect(new Headers(sent[1]?.init.headers).get('x-csrf-token')).toBe('csrf-1');
  });

  it('says for how long it is locked, and refuses an answer without a token', async () => {
    const locked = apiWith(() => new Response('{}', { status: 429, headers: { 'retry-after': '30' } }));
    expect(await createSessionDoor(locked.send).enter('k')).toMatchObject({
      reason: 'limited',
      retryAfterS: 30,
    });
    const odd = apiWith(() => Response.json({ role: 'admin' }));
    expect(await createSessionDoor(odd.send).resume()).toMatchObject({ ok: false, reason: 'refused' });
  });
});

describe('isSendableKey', () => {
  it.each([
    ['lw_0aZ-._~+/=', true],
    ['', false],
    ['two words', false],
    ['密钥', false],
    ['line\nbreak', false],
    ['x'.repeat(513), false],
  ])('%j', (key, expected) => {
    expect(isSendableKey(key)).toBe(expected);
  });
});
