import { Http } from '../http.js';
import { EMPTY_FORM, newBodyOf } from './endpoint-form.js';
import { createWebhookApi } from './webhook-api.js';
import * as view from './webhook-view.js';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function apiWith(answer: () => Response) {
  const sent: Sent[] = [];
  const send: typeof fetch = async (input, init) => {
    sent.push({ url: String(input), init: init ?? {} });
    return answer();
  };
  const credentials = { mode: 'same-origin' as const, headers: () => ({}) };
  const http = new Http({ credentials, fetch: send, onServerDate: () => undefined });
  return { api: createWebhookApi(http), sent };
}

const ENDPOINT = { id: 'we_1', url: 'https://a.example/', label: 'Orders', state: 'enabled' };
const { signal } = new AbortController();

describe('webhooks over HTTP', () => {
  it('changes only the version that was read', async () => {
    const { api, sent } = apiWith(() => Response.json(ENDPOINT, { headers: { etag: '"3-ab"' } }));
    const read = await api.read('we_1');
    expect(read).toMatchObject({ ok: true, value: { tag: '"3-ab"', value: { id: 'we_1' } } });
    const changed = await api.change('we_1', '"3-ab"', { enabled: false });
    expect(changed).toMatchObject({ ok: true, value: { tag: '"3-ab"' } });
    await api.remove('we_1', '"3-ab"');
    await api.rotate('we_1', null);
    expect(sent.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
      'GET /api/v1/webhooks/we_1',
      'PATCH /api/v1/webhooks/we_1',
      'DELETE /api/v1/webhooks/we_1',
      'POST /api/v1/webhooks/we_1/rotate-secret',
    ]);
    const tags = sent.map(({ init }) => new Headers(init.headers).get('if-match'));
    expect(tags).toEqual([null, '"3-ab"', '"3-ab"', null]);
    expect(sent[1]?.init.body).toBe('{"enabled":false}');
  });

  it('tells which field was refused, and that a version is old', async () => {
    const errors = [{ field: 'url', message: 'loopback' }, { field: 7 }];
    const refused = apiWith(() => Response.json({ detail: 'No.', errors }, { status: 422 }));
    expect(await refused.api.create(newBodyOf(EMPTY_FORM))).toEqual({
      ok: false,
      reason: 'refused',
      status: 422,
      detail: 'No.',
      fields: [{ field: 'url', message: 'loopback' }],
    });
    const stale = apiWith(() => Response.json({ detail: 'Changed.' }, { status: 412 }));
    expect(await stale.api.change('we_1', '"1"', {})).toMatchObject({ ok: false, status: 412 });
    expect(await stale.api.remove('we_1', '"1"')).toMatchObject({ ok: false, status: 412 });
  });

  it('asks for deliveries by what is chosen and leaves the rest out', async () => {
    const { api, sent } = apiWith(() => Response.json({ items: [{ id: 'msg_1' }], next: 'c' }));
    const since = '2026-05-01T00:00:00.000Z';
    const query = { state: 'failed', type: '', lift: '3110', since, until: '' };
    expect(await api.deliveries('we/1', query, null, signal)).toEqual({
      ok: true,
      // A delivery without type, state and time cannot be shown.
      value: { items: [], next: 'c', unreadable: 1 },
    });
    expect(sent[0]?.url).toBe(
      '/api/v1/webhooks/we%2F1/deliveries?state=failed&lift=3110&since=2026-05-01T00%3A00%3A00.000Z&limit=25',
    );
    await api.deliveries('we_1', { ...query, state: '', lift: '', until: since }, 'c', signal);
    const time = '2026-05-01T00%3A00%3A00.000Z';
    expect(sent[1]?.url).toBe(
      `/api/v1/webhooks/we_1/deliveries?since=${time}&until=${time}&cursor=c&limit=25`,
    );
  });

  it('reads one delivery, and refuses one that it cannot show', async () => {
    const delivery = {
      id: 'msg/1',
      type: 'webhook.test',
      state: 'pending',
      createdAt: '2026-05-01T00:00:00Z',
    };
    const { api, sent } = apiWith(() => Response.json(delivery));
    const read = await api.delivery('we_1', 'msg/1', signal);
    expect(read).toMatchObject({ ok: true, value: { id: 'msg/1', type: 'webhook.test' } });
    expect(sent[0]?.url).toBe('/api/v1/webhooks/we_1/deliveries/msg%2F1');
    const lost = apiWith(() => Response.json({ ...delivery, state: 'lost' }));
    expect(await lost.api.delivery('we_1', 'msg/1', signal)).toMatchObject({ ok: false });
  });

  it('refuses an answer without what it was asked for', async () => {
    const { api } = apiWith(() => Response.json({ id: 'we_1' }));
    expect(await api.read('we_1')).toMatchObject({ ok: false, reason: 'refused' });
    expect(await api.test('we_1')).toMatchObject({ ok: false });
    expect(await api.create(newBodyOf(EMPTY_FORM))).toMatchObject({ ok: false });
    expect(await api.redeliver('we_1', 'msg_1')).toMatchObject({ ok: false });
  });
});

describe('what a server sent', () => {
  it.each([
    [view.readEndpoint, { url: 'https://a.example/' }],
    [view.readNewEndpoint, ENDPOINT],
    [view.readStatistics, { pending: '1', delivered: 1, failed: 1 }],
    [view.readDelivery, { id: 'm', type: 't', createdAt: '2026-05-01T00:00:00Z', state: 'lost' }],
    [view.readAttempt, { number: 1 }],
    [view.readEventType, { description: 'x' }],
    [view.readQueued, { more: true }],
  ])('is null without what the page cannot do without: %p', (read, value) => {
    expect(read(value)).toBeNull();
    expect(read(null)).toBeNull();
    expect(read('text')).toBeNull();
  });

  it('is read whole', () => {
    const attempt = { number: 2, beganAt: '2026-05-01T00:00:00Z', durationMs: 15_000, outcome: 'timeout' };
    expect(view.readAttempt({ ...attempt, status: null, head: '', error: 'too slow' })).toEqual({
      number: 2,
      beganAtMs: 1_777_593_600_000,
      durationMs: 15_000,
      outcome: 'timeout',
      status: null,
      head: null,
      body: null,
      error: 'too slow',
    });
    expect(view.readNewEndpoint({ ...ENDPOINT, secret: 'whsec_x' })?.secret).toBe('whsec_x');
  });
});
