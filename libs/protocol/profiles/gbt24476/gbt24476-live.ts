import { coded, counted, type FieldMap, floorMark } from '../../field-map.js';

/** The field map of a reading: GB/T 24476-style values under names of ours, see README.md. */
export const GBT24476_LIVE: FieldMap = [
  coded(
    'serviceMode',
    'mode',
    {
      0: 'out-of-service',
      1: 'normal',
      2: 'inspection',
      3: 'fire-return',
      4: 'firefighter',
      5: 'emergency-power',
      6: 'earthquake',
      7: 'unknown',
    },
    'unknown',
  ),
  coded('carStatus', 'moving', { 0: false, 1: true }),
  coded('carDirection', 'direction', { 0: 'none', 1: 'up', 2: 'down' }),
  coded('doorZone', 'inDoorZone', { 0: false, 1: true }),
  floorMark('carPosition'),
  // One bit cannot tell ajar from open. Read as open: otherwise nobody would see the car move like that.
  coded('doorClosed', 'doorState', { 0: 'open', 1: 'closed' }, 'unknown'),
  // 2 is "no". 0 is not listed: whether such a terminal means "nobody" by it is unknown (invariant 8).
  coded('passenger', 'occupied', { 1: true, 2: false }),
  coded('mains', 'powerState', { 1: 'mains', 2: 'lost' }, 'unknown'),
  counted('runCount', 'tripCount'),
];
