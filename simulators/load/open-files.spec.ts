import { CommandError } from '../command-line.js';
import { openFilesMax, requireOpenFiles } from './open-files.js';

describe('open files', () => {
  it.each([
    [1_000, 1_024, false],
    [900, 1_024, true],
    [15_000, 20_000, true],
    [1_000_000, null, true],
  ])('%i connections with ulimit -n %p: allowed %p', (connections, max, allowed) => {
    const ask = () => requireOpenFiles(connections, max);
    if (allowed) expect(ask).not.toThrow();
    else {
      expect(ask).toThrow(CommandError);
      expect(ask).toThrow('1000 connections need 1064 open files, and ulimit -n is 1024');
    }
  });

  it('are what the system allows', () => {
    const max = openFilesMax();
    expect(max === null || max > 100).toBe(true);
  });
});
