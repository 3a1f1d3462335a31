import { warmDetection } from './warm-detection.js';

describe('the warm-up of detection', () => {
  it('raises and ends a fault in every round, so that it runs what the first alarm will run', () => {
    expect(warmDetection()).toBe(100);
  });
});
