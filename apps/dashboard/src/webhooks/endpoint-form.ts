import type { Endpoint, EndpointChoices } from './webhook-view.js';

/** What the form holds; '' and [] mean "not chosen". */
export interface FormValues {
  readonly label: string;
  readonly url: string;
  /** Only of a new one. */
  readonly firm: string;
  readonly types: readonly string[];
  readonly kinds: readonly string[];
  readonly priorities: readonly string[];
  readonly district: string;
  readonly signatures: readonly string[];
  readonly concurrency: number;
  readonly ratePerSecond: number;
}

export type NewEndpointBody = EndpointChoices & { readonly firm?: string };
export type EndpointPatch = Partial<EndpointChoices> & { readonly enabled?: boolean };

/** As the server has it when nothing is chosen. */
export const EMPTY_FORM: FormValues = {
  label: '',
  url: '',
  firm: '',
  types: [],
  kinds: [],
  priorities: [],
  district: '',
  signatures: ['v1'],
  concurrency: 4,
  ratePerSecond: 50,
};

const FIELDS = [
  'label',
  'url',
  'types',
  'kinds',
  'priorities',
  'district',
  'signatures',
  'concurrency',
  'ratePerSecond',
] as const satisfies readonly (keyof EndpointChoices)[];
export type FieldName = (typeof FIELDS)[number];

export function formOf(endpoint: Endpoint): FormValues {
  const { label, url, types, kinds, priorities, signatures, concurrency, ratePerSecond } = endpoint;
  const district = endpoint.district ?? '';
  return {
    label,
    url,
    firm: '',
    types,
    kinds,
    priorities,
    district,
    signatures,
    concurrency,
    ratePerSecond,
  };
}

function choicesOf(values: FormValues): EndpointChoices {
  const { firm: _firm, ...choices } = values;
  const district = values.district.trim();
  return {
    ...choices,
    label: values.label.trim(),
    url: values.url.trim(),
    district: district === '' ? null : district,
  };
}

export function newBodyOf(values: FormValues): NewEndpointBody {
  const firm = values.firm.trim();
  return firm === '' ? choicesOf(values) : { ...choicesOf(values), firm };
}

/** What differs from `before`, and nothing else: what another person changed meanwhile stays as it is. */
export function patchOf(before: FormValues, values: FormValues): EndpointPatch {
  const [was, is] = [choicesOf(before), choicesOf(values)];
  return Object.fromEntries(
    FIELDS.filter((name) => !same(was[name], is[name])).map((name) => [name, is[name]]),
  );
}

export interface Rebased {
  /** What the form should hold now. */
  readonly values: FormValues;
  /** What somebody else changed. */
  readonly theirs: readonly FieldName[];
  /** What both changed: the form keeps its own. */
  readonly clashes: readonly FieldName[];
}

/**
 * The form after the endpoint turned out to have changed since it was read: own changes stay, everything else
 * is as it is now.
 */
export function rebase(before: FormValues, now: FormValues, values: FormValues): Rebased {
  const [theirPatch, ownPatch] = [patchOf(before, now), patchOf(before, values)];
  const changed = (name: FieldName) => Object.hasOwn(theirPatch, name);
  const own = (name: FieldName) => Object.hasOwn(ownPatch, name);
  const kept = Object.fromEntries(FIELDS.filter(own).map((name) => [name, values[name]]));
  const theirs = FIELDS.filter(changed);
  return { values: { ...now, ...kept }, theirs, clashes: theirs.filter((name) => own(name)) };
}

/** Lists are sets: the order in which they were chosen says nothing. */
function same(one: unknown, other: unknown): boolean {
  const [left, right] = [one, other].map((value) =>
    JSON.stringify(Array.isArray(value) ? [...value].sort() : value),
  );
  return left === right;
}

const URL_LENGTH_MAX = 2_048;
const DISTRICT_LENGTHS = [2, 4, 6, 9, 12];

/** What is wrong with a URL by itself; the server judges where it leads to. */
export function urlProblem(text: string): 'no-url' | 'too-long' | 'has-credentials' | null {
  const trimmed = text.trim();
  if (trimmed.length > URL_LENGTH_MAX) return 'too-long';
  if (!URL.canParse(trimmed)) return 'no-url';
  const url = new URL(trimmed);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'no-url';
  return url.username === '' && url.password === '' ? null : 'has-credentials';
}

/** A district filter is a whole level of the tree: 2, 4, 6, 9 or 12 digits; '' is none. */
export function isDistrict(text: string): boolean {
  const code = text.trim();
  return code === '' || (/^\d+$/.test(code) && DISTRICT_LENGTHS.includes(code.length));
}
