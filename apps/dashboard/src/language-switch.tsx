import { Segmented } from 'antd';
import { useTexts } from './i18n/language.js';
import type { Language } from './i18n/translate.js';

/** Each language names itself: whoever cannot read the page can still find their own. */
const OPTIONS: { label: string; value: Language }[] = [
  { label: '中文', value: 'zh-CN' },
  { label: 'English', value: 'en' },
];

export function LanguageSwitch() {
  const { t, language, setLanguage } = useTexts();
  return (
    <Segmented
      size="small"
      aria-label={t('header.language')}
      options={OPTIONS}
      value={language}
      onChange={setLanguage}
    />
  );
}
