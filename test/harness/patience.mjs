/**
 * Whole processes take longer than Jest's 5 s on a busy machine; a wait inside a test has a limit of its own.
 */
import { jest } from '@jest/globals';

jest.setTimeout(60_000);
