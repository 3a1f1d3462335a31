import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type PlatformProcess, until } from '../harness/platform-process.js';
import { PROJECT_ROOT } from '../harness/project-root.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const RESULTS = join(PROJECT_ROOT, 'test-results');
const PAGE_SOURCES = join(PROJECT_ROOT, 'apps/dashboard');
const PAGE = join(PROJECT_ROOT, 'dist/dashboard/index.html');
/** axe's own scale; "moderate" and "minor" are listed in its report and fail nothing. */
const SERIOUS = ['serious', 'critical'];

export const DESK = { width: 1440, height: 900 };

/**
 * The system's Chromium. Throws with the packages to install: a missing browser is a failure, never a skip.
 */
export function findChromium(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const file of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  throw new Error(
    `No Chromium on PATH (${NAMES.join(', ')}): on Debian, apt-get install chromium fonts-noto-cjk`,
  );
}

/** Builds the page when what is built is older than its sources. */
export async function buildPage(): Promise<void> {
  const built = existsSync(PAGE) ? statSync(PAGE).mtimeMs : 0;
  const sources = readdirSync(PAGE_SOURCES, { recursive: true, encoding: 'utf8' });
  if (sources.every((file) => statSync(join(PAGE_SOURCES, file)).mtimeMs < built)) return;
  const vite = join(PROJECT_ROOT, 'node_modules/.bin/vite');
  const child = spawn(vite, ['build', 'apps/dashboard', '--logLevel', 'error'], {
    cwd: PROJECT_ROOT,
    // Jest's own NODE_ENV would make a page for development, with constant ids.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`vite build apps/dashboard ended with ${code}`);
}

export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    // Chromium refuses its own sandbox to root, as which containers run.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...args],
  });
}

/** One window of one person, with a cookie jar of its own. */
export class Window {
  /** What the page complained of in its console, and what it threw. */
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(browser: Browser, url: string, viewport = DESK): Promise<Window> {
    const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
    await context.addInitScript(COUNT_TONES);
    // Ahead of the page, where its Content-Security-Policy does not bind.
    await context.addInitScript({ path: join(PROJECT_ROOT, 'node_modules/axe-core/axe.min.js') });
    const page = await context.newPage();
    const window = new Window(context, page);
    await page.goto(url);
    return window;
  }

  async signIn(key: string): Promise<void> {
    await this.page.locator('input[type=password]').fill(key);
    await this.page.locator('button[type=submit]').click();
    await this.page.locator('.connection-live').waitFor();
  }

  /** Follows a link of the page's own by its hash. */
  async go(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  /** Kept under `test-results`, for people to look at. */
  async picture(name: string): Promise<void> {
    mkdirSync(RESULTS, { recursive: true });
    await this.page.screenshot({ path: join(RESULTS, `${name}.png`) });
  }

  /** Waits until `text` is on the page; answers how long that took, ms. */
  async sees(text: string, timeoutMs = 10_000): Promise<number> {
    const began = performance.now();
    await this.page.getByText(text).first().waitFor({ timeout: timeoutMs });
    return performance.now() - began;
  }

  /** Signal tones the page has started. */
  tones(): Promise<number> {
    return this.page.evaluate<number>('tones');
  }

  /** What axe-core finds serious once every transition under way has ended, one line an issue. */
  async axe(): Promise<readonly string[]> {
    await this.page.evaluate(TRANSITIONS_ENDED);
    const found = await this.page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
    return found
      .filter(({ impact }) => SERIOUS.includes(impact))
      .map(
        ({ id, help, nodes }) =>
          `${id}: ${help} (${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')})`,
      );
  }

  /** CSS pixels by which the page is wider than its window. */
  overflow(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  }
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** A transition is over in a fraction of a second; what is animated for ever is not waited for. */
const TRANSITIONS_ENDED = `Promise.allSettled(
  document.getAnimations().filter((each) => each instanceof CSSTransition).map(({ finished }) => finished),
).then(() => undefined)`;

/** Runs in the page before its own code. */
const COUNT_TONES = `
  globalThis.tones = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    globalThis.tones += 1;
    return make.call(this);
  };
`;

/** The process id of a running platform, from its lock. */
export function pidOf(platform: PlatformProcess): number {
  const pid = Number(/\d+/.exec(readFileSync(join(platform.dataDir, 'lock'), 'utf8'))?.[0]);
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Error(`no process id in ${platform.dataDir}/lock`);
  return pid;
}

/** A key of a role, as an admin would make one. */
export async function makeKey(platform: PlatformProcess, label: string, role: string): Promise<string> {
  const { key } = await platform.api<{ key: string }>('POST', '/keys', {
    label,
    role,
    scope: { kind: 'all' },
  });
  return key;
}

/** The id of the newest alarm of a lift, once there is one. */
export function alarmOf(platform: PlatformProcess, lift: string): Promise<string> {
  return until('the alarm of a lift', async () => {
    const [alarm] = await platform.list<{ id: string }>(`/alarms?lift=${lift}`);
    return alarm?.id;
  });
}
