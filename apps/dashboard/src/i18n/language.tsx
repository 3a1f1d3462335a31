import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { LANGUAGES, type Language, type Translate, translate } from './translate.js';

const STORAGE_KEY = 'liftwarden.language';

interface Texts {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Translate;
}

const TextsContext = createContext<Texts | null>(null);

/** The texts of the language the person chose; Chinese until they choose. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(readLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
    try {
      localStorage.setItem(STORAGE_KEY, language);
    } catch {
      // Storage is off: the choice lasts as long as the page.
    }
  }, [language]);
  const texts = useMemo<Texts>(
    () => ({ language, setLanguage, t: (key, values) => translate(language, key, values) }),
    [language],
  );
  return <TextsContext.Provider value={texts}>{children}</TextsContext.Provider>;
}

export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (texts === null) throw new Error('useTexts: no LanguageProvider above; render the component inside one');
  return texts;
}

function readLanguage(): Language {
  try {
    return LANGUAGES.find((language) => language === localStorage.getItem(STORAGE_KEY)) ?? LANGUAGES[0];
  } catch {
    return LANGUAGES[0];
  }
}
