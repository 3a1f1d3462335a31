/** Conditional changes of an API key are judged by its version, as those of everything else are. */
export const KEY_VERSION_SQL = `
alter table api_key add column version integer not null default 1;
`;
