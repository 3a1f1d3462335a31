import { App as AntApp, ConfigProvider, Spin, type ThemeConfig } from 'antd';
import enUS from 'antd/es/locale/en_US';
import zhCN from 'antd/es/locale/zh_CN';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { CrashGuard } from './crash-guard.js';
import type { ApiFailure } from './http.js';
import { LanguageProvider, useTexts } from './i18n/language.js';
import { useScale } from './scale.js';
import { createSessionDoor, type Session } from './session.js';
import { SignIn, type SignInNotice } from './sign-in.js';
import { Workplace } from './workplace.js';

/** `scale`: 1 at a desk, more on a wall. */
function themeOf(scale: number): ThemeConfig {
  return {
    token: {
      colorPrimary: '#1f5a94',
      colorError: '#b3201f',
      colorText: '#1c2733',
      colorTextSecondary: '#4d5b6a',
      colorTextDescription: '#4d5b6a',
      colorTextPlaceholder: '#66727f',
      borderRadius: 4,
      fontFamily: 'inherit',
      fontSize: Math.round(14 * scale),
      controlHeight: Math.round(32 * scale),
    },
  };
}

/** What came of an action is told at the bottom: the top has the counts, the newest rows and the dialog. */
const MESSAGES = { top: 'calc(100dvh - 130px)', maxCount: 2 };

/** The whole page: signed out it asks for a key, signed in it is a workplace. */
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
  const scale = useScale();
  const theme = useMemo(() => themeOf(scale), [scale]);
  return (
    <ConfigProvider
      locale={language === 'en' ? enUS : zhCN}
      theme={theme}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
    >
      <AntApp component={false} message={MESSAGES}>
        <Door />
      </AntApp>
    </ConfigProvider>
  );
}

type Standing =
  | { readonly is: 'asking' }
  | { readonly is: 'out'; readonly notice: SignInNotice | null; readonly failure: ApiFailure | null }
  | { readonly is: 'in'; readonly session: Session };

function Door() {
  const { t } = useTexts();
  const door = useMemo(() => createSessionDoor((input, init) => fetch(input, init)), []);
  const [standing, setStanding] = useState<Standing>({ is: 'asking' });

  useEffect(() => {
    let left = false;
    void door.resume().then((answer) => {
      if (left) return;
      if (answer.ok) setStanding({ is: 'in', session: answer.value });
      else {
        const failure = answer.reason === 'unauthorized' ? null : answer;
        setStanding({ is: 'out', notice: null, failure });
      }
    });
    return () => {
      left = true;
    };
  }, [door]);

  const session = standing.is === 'in' ? standing.session : null;
  const leave = useCallback(
    (notice: SignInNotice) => {
      if (notice === 'signed-out' && session !== null) void door.leave(session);
      setStanding({ is: 'out', notice, failure: null });
    },
    [door, session],
  );

  if (standing.is === 'asking') return <Spin className="asking" description={t('signIn.asking')} />;
  if (standing.is === 'in') return <Workplace session={standing.session} onLeave={leave} />;
  return (
    <SignIn
      door={door}
      notice={standing.notice}
      failure={standing.failure}
      onAccepted={(accepted) => setStanding({ is: 'in', session: accepted })}
    />
  );
}
