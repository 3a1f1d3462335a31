const STORAGE_KEY = 'liftwarden.key';

/**
 * The API key of this tab, or null. It lives in `sessionStorage` only: never in a URL, a cookie or on disk.
 */
export function readKey(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

/** Null forgets the key. With storage off the key lives as long as the page. */
export function keepKey(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, key);
  } catch {
    // The page holds it in memory anyway.
  }
}
