import { en } from './en.js';
import { type MessageKey, type Messages, zhCN } from './zh-CN.js';

/** Chinese first: the page starts in the first of these. */
export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export const CATALOGUES: Readonly<Record<Language, Messages>> = { 'zh-CN': zhCN, en };

export type TextValues = Readonly<Record<string, string | number>>;
/** A text of the catalogue, `{name}` replaced by `values.name`. */
export type Translate = (key: MessageKey, values?: TextValues) => string;

/** A name without a value stays as `{name}`: visible, and caught by a test. */
export function translate(language: Language, key: MessageKey, values: TextValues = {}): string {
  return CATALOGUES[language][key].replace(/\{(\w+)\}/g, (hole, name: string) =>
    String(values[name] ?? hole),
  );
}

/** Families of names that the server sends. */
export type NameFamily =
  | 'kind'
  | 'reason'
  | 'evidence'
  | 'indicator'
  | 'scope'
  | 'quarantine'
  | 'field'
  | 'mode'
  | 'direction'
  | 'doorState'
  | 'contact'
  | 'powerState'
  | 'useKind'
  | 'hookType'
  | 'hookReason'
  | 'hookUrl'
  | 'hookField'
  | 'hookSignature';

/**
 * The text `prefix.name` of a name that the server sent, or the name itself when the catalogue lacks it: a
 * newer server's kind or reason must show, not vanish.
 */
export function nameOf(t: Translate, prefix: NameFamily, name: string): string {
  const key = `${prefix}.${name}`;
  return isMessageKey(key) ? t(key) : name;
}

/** Whether the catalogues have it. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(zhCN, key);
}
