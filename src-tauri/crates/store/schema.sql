-- The ledger as it stands after every migration. A test compares this page with what the migrations make, so it can
-- be read as the truth. Instants are milliseconds since the Unix epoch, amounts milli-CHIPs from the holder's side,
-- hashes 32 raw bytes, agents 43 characters of base64url, JSON is kept exactly as it was signed or received.

-- Who this wallet is: one row, once there is an identity.
create table me (
    one integer primary key check (one = 1),
    certificate text not null,
    made_at integer not null
) strict;

-- Preferences that are neither signed nor secret.
create table choice (
    name text primary key,
    value text not null
) strict;

-- One relationship, seen from our half. `head` is the index of the last chit of the chain and `agreed` the highest
-- index both sides are known to share (null before the first agreement, index 0 being the tally itself). `balance`
-- counts every good chit; `waiting` is the part of it that the partner's wallet has not accepted yet (never above 0).
create table tally (
    id text primary key,
    mine text not null check (mine in ('stock', 'foil')),
    phase text not null,
    partner text,
    object text not null,
    digest blob,
    head integer not null default 0,
    head_hash blob,
    agreed integer,
    agreed_hash blob,
    balance integer not null default 0,
    waiting integer not null default 0,
    reason text,
    template text,
    claimed_limit integer,
    made_at integer not null,
    changed_at integer not null
) strict;

create index tally_by_partner on tally (partner);

-- Good chits: never changed, never removed; only the place in the chain beyond `agreed` may move.
create table chit (
    row integer primary key,
    tally text not null references tally (id),
    uuid text not null,
    idx integer not null,
    object text not null,
    hash blob not null,
    mine integer not null,
    kind text not null,
    change integer not null,
    balance_after integer not null,
    date integer not null,
    memo text,
    recorded_at integer not null,
    delivered_at integer,
    matched_at integer,
    unique (tally, idx),
    unique (tally, uuid)
) strict;

-- Tickets we issued. The token is found by its hash; its text is kept only while it can still be shown.
create table ticket (
    id text primary key,
    token_hash blob not null unique,
    token text,
    tally text not null references tally (id),
    template text not null,
    bound text,
    note text,
    made_at integer not null,
    expires_at integer not null,
    used_at integer,
    used_by text,
    used_key text,
    revoked_at integer
) strict;

create index ticket_by_tally on ticket (tally);

-- Tickets of others that we used: from the first call to the offer that answers it.
create table contact (
    id text primary key,
    partner text not null,
    chad text not null,
    token text not null,
    token_hash blob not null unique,
    name text,
    claimed_limit integer,
    phase text not null check (phase in ('calling', 'waiting', 'offered', 'lapsed')),
    tally text references tally (id),
    made_at integer not null,
    expires_at integer not null
) strict;

create index contact_by_partner on contact (partner);

-- Messages that must leave, in order, at least once. `key` names what the message is about, so that a newer one takes
-- the older one's place and the answer can remove it.
create table outbox (
    row integer primary key autoincrement,
    partner text not null,
    key text not null unique,
    tally text,
    how text not null check (how in ('ticket', 'until answered', 'once')),
    message text not null,
    tries integer not null default 0,
    next_at integer not null,
    queued_at integer not null
) strict;

create index outbox_by_time on outbox (next_at);

-- Where an agent was last found; apart from tallies, since addresses change and agreements do not. The hint is what a
-- call claimed before its caller had proven to be alive: tried when the proven address fails, believed when it answers.
create table peer (
    agent text primary key,
    host text not null,
    port integer not null,
    hint_host text,
    hint_port integer,
    heard_at integer
) strict;
