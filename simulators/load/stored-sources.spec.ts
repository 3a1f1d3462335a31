import { createServer } from 'node:http';
import { CommandError } from '../command-line.js';
import { parseSources, storedSources } from './stored-sources.js';

describe('the stored sources of a lift', () => {
  it.each([
    ['no JSON', '<html>'],
    ['no list', '{"next":null}'],
    ['a source without points', '{"items":[{"terminal":"T","boot":null,"seqs":[]}]}'],
    ['half a range', '{"items":[{"terminal":"T","boot":"b","points":1,"seqs":[[1]]}]}'],
    ['a range the wrong way', '{"items":[{"terminal":"T","boot":"b","points":1,"seqs":[[2,1]]}]}'],
  ])('with %s are refused, naming the address', (_, text) => {
    expect(() => parseSources(text, 'http://p/x')).toThrow(CommandError);
    expect(() => parseSources(text, 'http://p/x')).toThrow('http://p/x');
  });

  it('are asked for lift by lift, again while the platform is busy, and never taken for empty', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const path = `${request.headers.authorization} ${request.url}`;
      const busy = !asked.includes(path) && path.endsWith('L2/sources');
      asked.push(path);
      if (busy) response.writeHead(503).end('{}');
      else if (path.endsWith('L9/sources')) response.writeHead(404).end('{"title":"Not Found"}');
      else response.end(`{"items":[{"terminal":"${path}","boot":"b","points":1,"seqs":[[1,1]]}]}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const platform = { url: `http://127.0.0.1:${port}`, key: 'k' };
    const sources = await storedSources(platform, ['L1', 'L2', 'L/3']);
    const path = (lift: string) => `Bearer k /api/v1/lifts/${lift}/sources`;
    expect(sources.map(({ terminal }) => terminal).sort()).toEqual([path('L%2F3'), path('L1'), path('L2')]);
    expect(asked.filter((each) => each === path('L2'))).toHaveLength(2);
    await expect(storedSources(platform, ['L1', 'L9'])).rejects.toThrow('404');
    server.closeAllConnections();
    server.close();
  });
});
