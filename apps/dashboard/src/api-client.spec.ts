import { createAlarmApi, isSendableKey } from './api-client.js';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function apiWith(answer: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const dates: (string | null)[] = [];
  const api = createAlarmApi({
    key: 'secret-key',
    fetch: async (input, init) => {
      sent.push({ url: String(input), init: init ?? {} });
      return answer();
    },
    onServerDate: (dateHeader) => dates.push(dateHeader),
  });
  return { api, sent, dates };
}

const problem = (status: number, body: unknown) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

describe('createAlarmApi', () => {
  it('sends the key in a header and never in the address', async () => {
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
    for (const { url, init } of sent) {
      expect(url).not.toContain('secret-key');
      expect(new Headers(init.headers).get('authorization')).toBe('Bearer secret-key');
      expect(init).toMatchObject({ credentials: 'omit', cache: 'no-store', redirect: 'error' });
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
    ['only a title', 403, { title: 'Forbidden' }, 'refused', 'Forbidden'],
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
