import { Component, type ReactNode } from 'react';
import { useTexts } from './i18n/language.js';

interface Props {
  readonly children: ReactNode;
}

/**
 * A frozen or white page would look like a quiet night: a failure of the page itself is said in large
 * letters.
 */
export class CrashGuard extends Component<Props, { readonly crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    return this.state.crashed ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const { t } = useTexts();
  return (
    <main className="crashed" role="alert">
      <p>{t('app.crashed')}</p>
      <button type="button" onClick={() => location.reload()}>
        {t('app.reload')}
      </button>
    </main>
  );
}
