create table me (
    one integer primary key check (one = 1),
    certificate text not null,
    made_at integer not null
) strict;

create table choice (
    name text primary key,
    value text not null
) strict;

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

create table peer (
    agent text primary key,
    host text not null,
    port integer not null,
    hint_host text,
    hint_port integer,
    heard_at integer
) strict;
