/**
 * How many times as long as on a quiet machine what a test times may take (`SLOWNESS`, 1 when it is not set):
 * a machine that is shared cannot be held to the figures of one that is not.
 */
export const SLOWNESS = Number(process.env.SLOWNESS ?? 1);
