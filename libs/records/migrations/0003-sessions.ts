/** Browser sessions: a key exchanged for a cookie. Only the hash of the cookie's token is kept. */
export const SESSIONS_SQL = `
create table session (
  token_hash text collate "C" primary key,
  key_id text collate "C" not null references api_key (id) on delete cascade,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_key on session (key_id, seen_at);
create index session_expiry on session (expires_at);
`;
