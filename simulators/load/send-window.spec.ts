import fc from 'fast-check';
import { SendWindow } from './send-window.js';

describe('a window of unacknowledged messages', () => {
  it('never holds more than its size, and acknowledges each message once, whatever is answered', () => {
    const anyStep = fc.oneof(
      fc.constant<['send']>(['send']),
      fc.constant<['restart']>(['restart']),
      fc.tuple(fc.constantFrom('puback' as const, 'pubrec' as const, 'pubcomp' as const), fc.nat(9)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(anyStep, { maxLength: 200 }), (size, steps) => {
        const window = new SendWindow(size);
        // The same by sets: message → its state on this connection.
        let under = new Map<number, 'sent' | 'received'>();
        const acked = new Set<number>();
        for (const [what, slot = 0] of steps) {
          const at = [...under.keys()].find((message) => message % size === slot && slot < size);
          if (what === 'send' && window.next < window.until(Number.MAX_SAFE_INTEGER)) {
            under.set(window.next, 'sent');
            window.send(window.next * 10);
          } else if (what === 'restart') {
            window.restart();
            for (const message of acked) if (message >= window.received) acked.delete(message);
            under = new Map();
          } else if (what === 'puback' || what === 'pubrec') {
            const waits = at !== undefined && under.get(at) === 'sent' && !acked.has(at);
            expect(window.acknowledge(slot, what === 'pubrec')).toBe(waits ? at * 10 : null);
            if (waits) acked.add(at);
            if (waits && what === 'pubrec') under.set(at, 'received');
          } else if (what === 'pubcomp') {
            const waits = at !== undefined && under.get(at) === 'received';
            expect(window.complete(slot)).toBe(waits);
            if (waits) under.set(at, 'sent');
          }
          // A slot is free when its message and all before it are through.
          for (const message of [...under.keys()].sort((a, b) => a - b)) {
            if (!acked.has(message) || under.get(message) === 'received') break;
            under.delete(message);
          }
          expect(window.room).toBe(size - under.size);
          let received = 0;
          while (acked.has(received)) received += 1;
          expect(window.received).toBe(received);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('repeats from the first message without an answer, with the moments they were due at', () => {
    const window = new SendWindow(3);
    for (const dueAt of [10, 20, 30]) window.send(dueAt);
    expect([window.room, window.inFlight, window.repeats]).toEqual([0, 3, false]);
    expect(window.acknowledge(0, false)).toBe(10);
    window.restart();
    expect([window.next, window.repeats, window.until(0), window.until(9)]).toEqual([1, true, 3, 4]);
    for (const later of [70, 80, 90]) window.send(later);
    expect([1, 2, 0].map((slot) => window.acknowledge(slot, false))).toEqual([20, 30, 90]);
    expect(window.acknowledge(0, false)).toBeNull();
    expect(window.acknowledge(-1, false)).toBeNull();
  });
});
