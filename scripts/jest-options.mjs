/**
 * What Node must be told for a project of jest.config.mjs. Unit tests run in Node itself, a worker loading a
 * module once: in Jest's sandbox every suite loads Nest and the database anew, half of their time.
 */
export function nodeOptions(project) {
  const how =
    project === 'unit'
      ? '--conditions=source --import=./test/harness/source-loader.mjs --enable-source-maps'
      : '--experimental-vm-modules';
  return `${process.env.NODE_OPTIONS ?? ''} ${how} --no-warnings`.trim();
}
