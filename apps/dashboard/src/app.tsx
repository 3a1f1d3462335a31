import { App as AntApp, ConfigProvider, type ThemeConfig } from 'antd';
import enUS from 'antd/es/locale/en_US';
import zhCN from 'antd/es/locale/zh_CN';
import { useCallback, useState } from 'react';
import { Board } from './board.js';
import { CrashGuard } from './crash-guard.js';
import { LanguageProvider, useTexts } from './i18n/language.js';
import { keepKey, readKey } from './session.js';
import { SignIn, type SignInNotice } from './sign-in.js';

const THEME: ThemeConfig = {
  token: {
    colorPrimary: '#1f5a94',
    colorText: '#1c2733',
    colorTextSecondary: '#4d5b6a',
    colorTextDescription: '#4d5b6a',
    colorTextPlaceholder: '#66727f',
    borderRadius: 4,
    fontFamily: 'inherit',
  },
  components: { Table: { cellPaddingBlock: 8, cellPaddingInline: 12, headerBg: '#eef2f6' } },
};

/** What came of an action is told at the bottom: the top has the counts, the newest rows and the dialog. */
const MESSAGES = { top: 'calc(100dvh - 130px)', maxCount: 2 };

/** The whole page: signed out it asks for a key, signed in it shows the alarms. */
export function App() {
  return (
    <LanguageProvider>
      <CrashGuard>
        <Localised />
      </CrashGuard>
    </LanguageProvider>
  );
}

function Localised() {
  const { language } = useTexts();
  return (
    <ConfigProvider
      locale={language === 'en' ? enUS : zhCN}
      theme={THEME}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
    >
      <AntApp component={false} message={MESSAGES}>
        <Session />
      </AntApp>
    </ConfigProvider>
  );
}

function Session() {
  const [key, setKey] = useState(readKey);
  const [notice, setNotice] = useState<SignInNotice | null>(null);
  const enter = useCallback((accepted: string) => {
    keepKey(accepted);
    setNotice(null);
    setKey(accepted);
  }, []);
  const leave = useCallback((why: SignInNotice) => {
    keepKey(null);
    setNotice(why);
    setKey(null);
  }, []);
  if (key === null) return <SignIn notice={notice} onAccepted={enter} />;
  return <Board key={key} apiKey={key} onLeave={leave} />;
}
