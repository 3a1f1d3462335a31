import { useTexts } from '../i18n/language.js';
import type { Translate } from '../i18n/translate.js';
import type { LiveReading } from './lift-view.js';
import { type ShaftModel, shaftOf } from './shaft-model.js';

/** Of the drawing, in its own units. */
const FLOOR_H = 44;
const SHAFT_X = 64;
const SHAFT_W = 92;
const CAR_W = 76;
const CAR_X = SHAFT_X + (SHAFT_W - CAR_W) / 2;
const CAR_H = 38;

interface Props {
  readonly live: LiveReading | null;
  /** Floor marks heard of. */
  readonly floors: readonly string[];
  /** The reading is old: drawn faded, so that nobody takes it for now. */
  readonly stale: boolean;
}

/** The newest state as a shaft with its car, door and people. All of it is said in words beside it too. */
export function Shaft({ live, floors, stale }: Props) {
  const { t } = useTexts();
  const model = shaftOf(live, floors);
  const count = Math.max(model.floors.length, 2);
  const height = count * FLOOR_H + 16;
  const yOf = (index: number) => height - 8 - (index + 1) * FLOOR_H;
  return (
    <svg
      className={stale ? 'shaft shaft-stale' : 'shaft'}
      viewBox={`0 0 ${SHAFT_X + SHAFT_W + 44} ${height}`}
      role="img"
      aria-label={sayShaft(t, live, model)}
    >
      <rect className="shaft-wall" x={SHAFT_X} y={4} width={SHAFT_W} height={height - 8} rx={3} />
      {model.floors.map((mark, index) => (
        <g key={mark}>
          <line
            className="shaft-sill"
            x1={SHAFT_X - 10}
            x2={SHAFT_X + SHAFT_W}
            y1={yOf(index) + FLOOR_H}
            y2={yOf(index) + FLOOR_H}
          />
          <text
            className={model.carAt === index ? 'shaft-floor shaft-floor-here' : 'shaft-floor'}
            x={SHAFT_X - 16}
            y={yOf(index) + FLOOR_H - 14}
            textAnchor="end"
          >
            {mark}
          </text>
        </g>
      ))}
      {model.carAt !== null && (
        <g
          // Another drawing when the floors change: a car that glides means that the lift moves.
          key={model.floors.join(' ')}
          className="shaft-car"
          style={{ transform: `translate(${CAR_X}px, ${yOf(model.carAt) + FLOOR_H - CAR_H}px)` }}
        >
          <Car model={model} />
          <Arrow direction={live?.direction ?? null} moving={live?.moving ?? null} />
        </g>
      )}
    </svg>
  );
}

/**
 * Two leaves as far apart as they stand; whoever is inside is drawn over them, to be seen behind a shut door.
 */
function Car({ model }: { readonly model: ShaftModel }) {
  const inner = CAR_W - 8;
  const leaf = model.door === null ? inner / 2 : (inner / 2) * (1 - model.door * 0.86);
  return (
    <>
      <rect className="car-body" width={CAR_W} height={CAR_H} rx={2} />
      <rect
        className={model.door === null ? 'car-door car-door-unknown' : 'car-door'}
        x={4}
        y={4}
        width={leaf}
        height={CAR_H - 6}
      />
      <rect
        className={model.door === null ? 'car-door car-door-unknown' : 'car-door'}
        x={4 + inner - leaf}
        y={4}
        width={leaf}
        height={CAR_H - 6}
      />
      {model.people !== 'no' && <People unknown={model.people === 'unknown'} />}
    </>
  );
}

function People({ unknown }: { readonly unknown: boolean }) {
  const middle = CAR_W / 2;
  if (unknown) {
    return (
      <text className="car-unknown" x={middle} y={CAR_H - 10} textAnchor="middle">
        ?
      </text>
    );
  }
  return (
    <g className="car-person">
      <circle cx={middle} cy={12} r={5} />
      <path d={`M${middle - 8} ${CAR_H - 3}v-8a8 8 0 0 1 16 0v8z`} />
    </g>
  );
}

function Arrow({
  direction,
  moving,
}: {
  readonly direction: string | null;
  readonly moving: boolean | null;
}) {
  if (moving !== true || direction === 'none' || direction === null) return null;
  const path = direction === 'up' ? 'M0 12 8 0l8 12z' : 'M0 0h16L8 12z';
  return <path className="shaft-arrow" d={path} transform={`translate(${CAR_W + 16} ${CAR_H / 2 - 6})`} />;
}

/** The drawing in words, for who cannot see it. */
export function sayShaft(t: Translate, live: LiveReading | null, model: ShaftModel): string {
  if (live === null) return t('live.none');
  return [
    live.floor === null ? t('shaft.floorUnknown') : t('shaft.floor', { floor: live.floor }),
    ...(model.betweenFloors ? [t('shaft.between')] : []),
    t(
      live.moving === true
        ? live.direction === 'down'
          ? 'shaft.down'
          : 'shaft.up'
        : live.moving === false
          ? 'shaft.standing'
          : 'shaft.movingUnknown',
    ),
    `${t('field.doorState')} ${t(`doorState.${live.doorState ?? 'unknown'}`)}`,
    t(`people.${model.people}`),
  ].join(t('shaft.comma'));
}
